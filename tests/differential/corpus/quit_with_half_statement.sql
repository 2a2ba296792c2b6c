-- differential: stdin
CREATE TABLE a (n int);
CREATE TABLE b (n int)
\q
;
CREATE TABLE c (n int);
