-- differential: both
\set ON_ERROR_STOP off
SELECT 1/0;
CREATE TABLE a (n int);
\set ON_ERROR_STOP on
CREATE TABLE b (n int);
SELECT 2/0;
CREATE TABLE c (n int);
