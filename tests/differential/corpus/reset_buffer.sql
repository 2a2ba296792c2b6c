-- differential: output stdin
SELECT 1/0 \r
SELECT 'fresh' AS v;
INSERT INTO nowhere VALUES (1
\r
CREATE TABLE t (n int);
SELECT 'a
\r
' AS quoted;
