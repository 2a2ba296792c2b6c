\restrict abcDEF123
SELECT 1 AS one;
CREATE TABLE t (n int);
COPY t FROM stdin;
1
\.
\unrestrict abcDEF123
\echo done
