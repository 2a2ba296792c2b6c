-- differential: both output
CREATE TABLE t (n int);
INSERT INTO t VALUES (1);
BEGIN;
SELECT 1/0;
COPY t FROM stdin;
COMMIT;
DELETE FROM t;
\.
COMMIT;
SELECT n FROM t;
