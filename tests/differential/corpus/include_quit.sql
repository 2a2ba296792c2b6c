-- differential: output stdin
\i parts/quits.sql
SELECT 'after quit in include' AS v;
\i parts/quits.sql
