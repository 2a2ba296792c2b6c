-- differential: both
CREATE TABLE a (n int);
SELECT pg_terminate_backend(pg_backend_pid());
CREATE TABLE b (n int);
\echo after
SELECT 1;
