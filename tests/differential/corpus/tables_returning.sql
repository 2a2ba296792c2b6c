-- differential: output
CREATE TABLE t (n int, v text);
INSERT INTO t VALUES (1, 'a'), (2, 'b') RETURNING n, v;
UPDATE t SET n = n + 1 RETURNING *;
DELETE FROM t WHERE n = 3 RETURNING v;
CREATE TABLE u AS SELECT 1 AS n;
SELECT * INTO v FROM t;
