-- differential: both
\set FETCH_COUNT 3
CREATE TABLE t AS SELECT g AS n FROM generate_series(1, 8) g;
SELECT n, 10 / (9 - n) AS q FROM t ORDER BY n;
SELECT n, 10 / (5 - n) AS q FROM t ORDER BY n;
INSERT INTO t VALUES (99) RETURNING n;
\echo :ROW_COUNT
