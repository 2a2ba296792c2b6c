CREATE TABLE in_open_if (n int);
\if false
CREATE TABLE never2 (n int);
