-- differential: both output
CREATE TABLE t (n int PRIMARY KEY);
BEGIN;
COPY t FROM stdin;
1
2
\.
SAVEPOINT s;
COPY t FROM stdin;
3
1
\.
ROLLBACK TO s;
COPY t FROM stdin;
4
\.
COMMIT;
SELECT n FROM t ORDER BY n;
