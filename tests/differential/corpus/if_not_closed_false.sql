-- differential: both
CREATE TABLE t (n int);
\if false
INSERT INTO t VALUES (1);
\if true
