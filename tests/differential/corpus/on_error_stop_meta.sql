-- differential: both
\set ON_ERROR_STOP off
\nonsense
\i nowhere.sql
\copy nowhere from parts/numbers.txt
CREATE TABLE a (n int);
\set ON_ERROR_STOP on
\copy nowhere from parts/numbers.txt
CREATE TABLE never (n int);
