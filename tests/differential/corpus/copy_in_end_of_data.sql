-- differential: output stdin
CREATE TABLE t (v text);
COPY t FROM stdin;
a
 \.
\. 
\.x
\\.
x\.
\.
SELECT v FROM t;
COPY t FROM stdin;
\.
SELECT count(*) FROM t;
COPY t FROM stdin CSV;
"\."
\.
SELECT v FROM t;
