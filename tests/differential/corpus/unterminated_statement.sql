-- differential: both stdin
CREATE TABLE a (n int);
CREATE TABLE b (n int), 
