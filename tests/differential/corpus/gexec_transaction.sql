-- differential: both output
BEGIN;
SELECT 'CREATE TABLE a (n int)', 'SELECT 1/0', 'CREATE TABLE b (n int)' \gexec
COMMIT;
SELECT 'CREATE TABLE c (n int)' \gexec
SELECT 'VACUUM c', 'CREATE INDEX CONCURRENTLY i ON c (n)' \gexec
