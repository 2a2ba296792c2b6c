-- differential: both
\if true
SELECT 1/0;
CREATE TABLE in_branch (n int);
\endif
CREATE TABLE afterwards (n int);
