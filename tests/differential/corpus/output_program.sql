-- differential: output
\o |cat > piped.txt
SELECT 'to a program' AS v;
\o
SELECT 'after' AS v;
