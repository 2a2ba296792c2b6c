-- differential: both output
CREATE TABLE t (n int);
SELECT n FROM t \gset
\echo :n
SELECT g AS n FROM generate_series(1, 2) g \gset
\echo :n
INSERT INTO t VALUES (3) RETURNING n \gset
\echo :n
SELECT 1 AS "bad name" \gset
SELECT 1 AS "AUTOCOMMIT" \gset
\echo :AUTOCOMMIT
SELECT 2 AS "a-b", 3 AS c \gset
\echo :c
CREATE TABLE u (n int) \gset
SELECT 1/0 AS z \gset
\echo :z :SQLSTATE
TABLE t;
