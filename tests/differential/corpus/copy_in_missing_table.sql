-- differential: both stdin
CREATE TABLE victim (n int);
COPY nowhere FROM stdin;
DROP TABLE victim;
1	one
\c nowhere
\q
\.
CREATE TABLE afterwards (n int);
