-- differential: output stdin gz
CREATE TABLE a (n int);
SELECT 'before' AS v;
\q
CREATE TABLE b (n int);
SELECT 1/0;
