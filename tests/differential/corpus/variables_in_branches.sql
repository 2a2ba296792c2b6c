-- differential: output xz
CREATE TABLE t (n int);
SELECT count(*) = 0 AS empty FROM t \gset
\if :empty
INSERT INTO t VALUES (1);
\endif
SELECT count(*) = 0 AS empty FROM t \gset
\if :empty
INSERT INTO t VALUES (2);
\else
INSERT INTO t VALUES (3);
\endif
TABLE t;
