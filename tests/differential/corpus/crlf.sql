-- differential: both output stdin gz
CREATE TABLE t (v text, n int);
INSERT INTO t VALUES ('two
lines', 1); -- comment
\set x 5
\echo :x
INSERT INTO t
VALUES ('x', :x);
COPY t FROM stdin;
a	2
b	3
\.
CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$
SELECT 'in
body'
$$;
\if true
INSERT INTO t VALUES ('if', 6);
\endif
\i parts/one.sql
SELECT v, n FROM t ORDER BY n
\gset last_
SELECT 1 AS a \gset
\echo :a
SELECT v, length(v), n FROM t ORDER BY n;
SELECT f();
