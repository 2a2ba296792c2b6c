-- differential: both stdin
CREATE TABLE t (n int);
\if true
INSERT INTO t VALUES (1);
