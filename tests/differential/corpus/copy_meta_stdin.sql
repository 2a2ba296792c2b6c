-- differential: output stdin
CREATE TABLE t (n int, v text);
\copy t from stdin
1	one
2	two
\.
\copy t (v) from stdin with (format csv)
"quoted, text"
SELECT 1/0;
\.
\copy t to stdout
\copy t (n) to stdout csv header
\copy (select 5, 'five') to pstdout
SELECT count(*) FROM t;
