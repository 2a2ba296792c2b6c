-- differential: both
CREATE TABLE a (n int);
\nonsense
CREATE TABLE b (n int);
\Z
\dnonsense
\
CREATE TABLE c (n int);
