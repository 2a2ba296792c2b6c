-- differential: output stdin
CREATE TABLE t (n int, v text);
\i parts/copy.sql
SELECT * FROM t;
