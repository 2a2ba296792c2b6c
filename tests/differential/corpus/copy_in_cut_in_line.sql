-- differential: stdin
CREATE TABLE t (n int, v text);
COPY t FROM stdin;
1	one
2	tw