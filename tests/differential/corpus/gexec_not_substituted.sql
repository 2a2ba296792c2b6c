-- differential: both output
\set x 5
SELECT 'SELECT '':x'' AS v, 1 AS "\echo"' \gexec
SELECT 'SELECT :x' \gexec
