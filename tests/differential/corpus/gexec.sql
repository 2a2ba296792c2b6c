-- differential: output
SELECT format('CREATE TABLE t%s (n int)', g), format('INSERT INTO t%s VALUES (%s)', g, g) FROM generate_series(1, 3) g
\gexec
SELECT 'SELECT count(*) FROM t' || g FROM generate_series(1, 3) g \gexec
SELECT NULL, 'SELECT 5 AS five' \gexec
SELECT 'SELECT 1; SELECT 2' \gexec
SELECT 'x' WHERE false \gexec
SELECT E'SELECT \'a\nb\' AS "multi line"' \gexec
SELECT '' \gexec
