CREATE TABLE a (n int);
\if false
\q
\endif
CREATE TABLE b (n int);
\if true
\q
\endif
CREATE TABLE c (n int);
