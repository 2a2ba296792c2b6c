-- differential: both
CREATE TABLE victim (n int);
\copy nowhere from stdin
DROP TABLE victim;
\.
CREATE TABLE afterwards (n int);
