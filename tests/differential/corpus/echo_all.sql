-- differential: output stdin

\set ECHO all

-- Empty lines are not echoed, unless in a quote.
SELECT '

' AS a;

SELECT format('SELECT %s AS made', i) FROM generate_series(1, 2) i \gexec
\set ECHO queries

/* comment */ SELECT 2 AS b

;
SELECT 3 AS c \g
\set ECHO none
