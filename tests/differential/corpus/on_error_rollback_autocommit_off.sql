-- differential: continue output
\set AUTOCOMMIT off
\set ON_ERROR_ROLLBACK on
CREATE TABLE a (n int);
SELECT 1/0;
INSERT INTO a VALUES (1);
SELECT 2/0;
COMMIT;
TABLE a;
