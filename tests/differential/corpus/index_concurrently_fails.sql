-- differential: both output
CREATE TABLE t (n int);
INSERT INTO t VALUES (1), (1);
CREATE UNIQUE INDEX CONCURRENTLY i ON t (n);
SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass;
DROP INDEX i;
