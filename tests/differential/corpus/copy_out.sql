-- differential: both output
CREATE TABLE t (n int, v text);
INSERT INTO t VALUES (1, E'tab\there'), (2, NULL), (3, E'new\nline'), (4, 'back\slash');
COPY t TO STDOUT;
COPY t (v) TO stdout WITH CSV HEADER;
COPY (SELECT n * 2 FROM t ORDER BY n) TO STDOUT (FORMAT csv, DELIMITER ';');
SELECT 1 AS a\; COPY t TO STDOUT\; SELECT 2 AS b;
COPY nowhere TO STDOUT;
COPY (SELECT 1 / (3 - n) FROM t ORDER BY n) TO STDOUT;
SELECT 'after' AS v;
