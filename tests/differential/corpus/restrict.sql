-- differential: both output
CREATE TABLE a (n int);
\restrict key1
CREATE TABLE b (n int);
\echo NO
\set x 1
\unrestrict wrong
CREATE TABLE c (n int);
\unrestrict key1
\echo yes
CREATE TABLE d (n int);
