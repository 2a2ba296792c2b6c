-- differential: both output
SELECT * FROM (VALUES ('CREATE TABLE a (n int)'), ('SELECT 1/0'), ('CREATE TABLE b (n int)'), ('SELEC'), ('CREATE TABLE c (n int)')) v \gexec
CREATE TABLE d (n int);
SELECT 1/0 \gexec
SELECT 'BEGIN', 'CREATE TABLE e (n int)', 'ROLLBACK', 'CREATE TABLE f (n int)' \gexec
