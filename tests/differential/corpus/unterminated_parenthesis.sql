-- differential: both
CREATE TABLE a (n int);
SELECT (1;
CREATE TABLE b (n int);
