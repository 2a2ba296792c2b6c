-- differential: both
\set ON_ERROR_STOP off
\i parts/with_error.sql
CREATE TABLE afterwards (n int);
\set ON_ERROR_STOP on
\i parts/with_error.sql
CREATE TABLE never (n int);
