-- differential: both output
SELECT 1 AS a, 'x,y' AS b, E'q"u' AS c \g (format=csv)
SELECT 1 AS a, NULL AS b \g (format=unaligned fieldsep='|' null='(null)')
SELECT 1 AS a, 2 AS b \gx
SELECT 1 AS a, 2 AS b \g (expanded=on title='A title')
SELECT 1 AS a \g (format=html)
SELECT 1 AS a \g (format=nonsense)
SELECT 1 AS a \g (format=csv
SELECT 2 AS b;
