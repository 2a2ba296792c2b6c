-- differential: stdin
CREATE TABLE a (n int);
\set AUTOCOMMIT off
INSERT INTO a VALUES (1);
COMMIT;
INSERT INTO a VALUES (2);
