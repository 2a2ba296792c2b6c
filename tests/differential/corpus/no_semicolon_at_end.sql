-- differential: stdin gz
CREATE TABLE t (n int);
INSERT INTO t VALUES (1)
