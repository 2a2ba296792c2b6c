-- differential: both output stdin
\if false
SELECT :undefined_variable, :'other';
\c nowhere
\i nowhere.sql
\nonsense
\set x 1
\echo NO
\q
SELECT 'unfinished
\endif
CREATE TABLE t (n int);
\copy t from nowhere
\o nowhere.out
';
SELECT 1 \gset
COPY t FROM stdin;
1
\.
\getenv x HOME
/* \endif */
\else
\echo else
\endif
\echo :x after
