-- differential: both
SELECT 1/0;
\q
SELECT 1/0;
