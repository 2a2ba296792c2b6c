-- differential: both stdin
CREATE TABLE a (n int);
\i parts/with_error.sql
CREATE TABLE b (n int);
