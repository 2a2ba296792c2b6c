-- differential: output
CREATE TABLE t (n int);
INSERT INTO t VALUES (1)
\g
\g
SELECT count(*) FROM t \g
;
\g
SELECT 1 AS a \g SELECT 2 AS b \g
