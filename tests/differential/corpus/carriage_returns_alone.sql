-- differential: output
CREATE TABLE t (n int);INSERT INTO t VALUES (1);-- commentSELECT 'not reached by a comment';
SELECT count(*) FROM t;
