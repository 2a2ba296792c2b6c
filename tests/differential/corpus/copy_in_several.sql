-- differential: output stdin
CREATE TABLE t (n int);
COPY t FROM stdin\; COPY t FROM stdin\; SELECT count(*) FROM t;
1
2
\.
3
\.
SELECT 'before' AS v\; COPY t FROM stdin;
4
\.
COPY t FROM stdin; COPY t FROM stdin; SELECT n FROM t ORDER BY n;
5
\.
6
\.
