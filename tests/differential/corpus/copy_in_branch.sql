-- differential: both output stdin
CREATE TABLE t (n int);
\if true
COPY t FROM stdin;
1
\endif
\.
\else
COPY t FROM stdin;
2
\.
\endif
SELECT n FROM t;
