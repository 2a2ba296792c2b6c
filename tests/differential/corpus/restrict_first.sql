\restrict abcDEF123
SELECT 1 AS one;
COPY pg_temp.t FROM stdin;
\unrestrict abcDEF123
\echo done
