-- differential: both
CREATE TABLE a (n int);
/* open
CREATE TABLE b (n int);
