-- differential: both
CREATE TABLE a (n int);
SELECT "open;
CREATE TABLE b (n int);
