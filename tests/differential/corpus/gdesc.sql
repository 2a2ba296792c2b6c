-- differential: both output
CREATE TABLE t (n int, v numeric(10,2));
SELECT n, v, 'x' AS "lit", now() AS "when" FROM t \gdesc
SELECT 1 WHERE false \gdesc
CREATE TABLE never (n int) \gdesc
SELEC \gdesc
INSERT INTO t VALUES (1) \gdesc
SELECT \gdesc
SELECT count(*) FROM t;
