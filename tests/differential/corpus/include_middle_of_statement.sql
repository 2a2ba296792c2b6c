-- differential: both output
SELECT 1 AS a,
\i parts/expression.sql
, 3 AS c;
SELECT 'unfinished' AS v
\i parts/one.sql
;
SELECT * FROM included;
