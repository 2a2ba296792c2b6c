-- differential: both output
CREATE TABLE t (n int, t text);
\COPY t FROM STDIN
1	one
\.
\Copy (SELECT 2, 'two') TO 'copy_meta_upper_case.out'
\if false
\COPY t FROM STDIN
\endif
\cOPY t FROM copy_meta_upper_case.out
SELECT * FROM t ORDER BY n;
