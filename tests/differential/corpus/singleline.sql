-- differential: both output stdin
\set SINGLELINE on
SELECT 1 AS one
CREATE TABLE t (n int)
INSERT INTO t
VALUES (1)
INSERT INTO t VALUES (2);
SELECT 'a
b' AS v
\set SINGLELINE off
SELECT n
FROM t;
