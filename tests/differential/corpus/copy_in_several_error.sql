-- differential: continue output
CREATE TABLE t (n int);
INSERT INTO t VALUES (0);
SELECT 1/0\; COPY t FROM stdin;
DELETE FROM t;
\.
SELECT n FROM t;
