-- differential: output
CREATE TEMP TABLE t (n int);
INSERT INTO t VALUES (1);
CREATE TEMP TABLE u (n int) ON COMMIT DROP;
SELECT to_regclass('u') IS NULL AS gone;
BEGIN;
CREATE TEMP TABLE d (n int) ON COMMIT DELETE ROWS;
INSERT INTO d VALUES (1);
COMMIT;
SELECT count(*) FROM d;
COPY t FROM stdin;
2
\.
CREATE TABLE kept AS SELECT * FROM t;
SET search_path TO pg_temp, public;
CREATE TABLE into_temp (n int);
\c -
SELECT to_regclass('t') IS NULL AS gone;
