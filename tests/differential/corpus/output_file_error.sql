-- differential: both output
\o out.txt
SELECT 1 AS one;
SELECT 1/0;
SELECT 2 AS two;
