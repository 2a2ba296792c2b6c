-- differential: both output stdin
\set yes 1
SELECT 1 AS a,
\if :yes
  2 AS b,
\else
  3 AS c, 4 AS d,
\endif
  5 AS e;
SELECT 'a' \if false || 'b' \endif
 || 'c' AS v;
CREATE TABLE t (n int
\if false
, never int);
INSERT INTO t VALUES (1);
\endif
, m int);
SELECT * FROM t;
