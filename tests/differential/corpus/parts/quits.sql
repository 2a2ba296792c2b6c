SELECT 'before quit' AS v;
\q
SELECT 'NO' AS v;
