-- differential: continue output
\set ON_ERROR_ROLLBACK interactive
CREATE TABLE a (n int);
BEGIN;
INSERT INTO a VALUES (1);
SELECT 1/0;
INSERT INTO a VALUES (2);
COMMIT;
TABLE a;
