-- differential: both output
CREATE TABLE t (v text, n int);
COPY t FROM stdin CSV;
"a
\.
b",6
\.
SELECT v, n FROM t;
