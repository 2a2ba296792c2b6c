-- differential: output
CREATE TABLE t (n int, v text);
\i parts/copy_cut.sql
SELECT * FROM t;
INSERT INTO t VALUES (9);
