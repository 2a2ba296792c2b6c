-- differential: output
CREATE TABLE t (n int);
INSERT INTO t VALUES (1);
SELECT 'COPY t TO STDOUT' \gexec
SELECT 'COPY (SELECT 2) TO STDOUT' \gexec
