-- differential: both output
CREATE TABLE a (n int);
\set AUTOCOMMIT off
INSERT INTO a VALUES (1);
SELECT 1/0;
INSERT INTO a VALUES (2);
COMMIT;
INSERT INTO a VALUES (3);
COMMIT;
SET search_path TO public;
SHOW search_path;
\c -
INSERT INTO a VALUES (4);
COPY a FROM stdin;
5
\.
\copy a from parts/numbers.txt
COMMIT;
TABLE a;
