-- differential: continue output
CREATE TABLE t (n int);
INSERT INTO t VALUES (1);
COPY t (n, nix) FROM stdin CSV;
1,"
DELETE FROM t;
"
\.
SELECT count(*) FROM t;
COPY t FROM stdin (FORMAT nonsense);
DELETE FROM t;
\.
COPY t FROM stdin;
2
\.
SELECT n FROM t ORDER BY 1;
