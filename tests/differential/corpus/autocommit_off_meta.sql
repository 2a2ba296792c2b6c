-- differential: output
CREATE TABLE a (n int);
\set AUTOCOMMIT 0
\copy a from parts/numbers.txt
SELECT 12 AS n \gset
INSERT INTO a VALUES (:n);
SELECT 'INSERT INTO a VALUES (13)' \gexec
COMMIT;
\lo_import parts/blob.bin
INSERT INTO a VALUES (14) \g
\unset AUTOCOMMIT
INSERT INTO a VALUES (15);
\echo :AUTOCOMMIT
TABLE a;
