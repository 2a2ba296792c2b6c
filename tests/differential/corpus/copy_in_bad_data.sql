-- differential: both output stdin
CREATE TABLE t (n int, v text);
CREATE TABLE victim (n int);
COPY t FROM stdin;
1	one
x	two
DROP TABLE victim;
3	three
\.
SELECT count(*) FROM t;
COPY t FROM stdin;
DROP TABLE victim;
\.
COPY t FROM stdin;
1	too	many
\.
COPY t FROM stdin;
4	four
\.
SELECT count(*) FROM t;
