-- differential: continue output
SELECT 1 AS n, 'text' AS t, true AS b, NULL AS nothing, 1.50::numeric AS num, '{1,2}'::int[] AS arr;
SELECT;
SELECT FROM generate_series(1, 2);
SELECT 1 WHERE false;
SELECT 'two' || E'\n' || 'lines' AS v, E'tab\there' AS tab, 'wide 漢字' AS w, 'ä' AS u;
SELECT 'a' AS "a | b", 'b' AS "a | b", 1 AS "?column?", 2;
VALUES (1, 'x'), (22, 'yy'), (NULL, NULL);
TABLE pg_tablespace ORDER BY 1 LIMIT 0;
WITH q AS (SELECT 1 AS a) SELECT * FROM q;
SELECT E'\x01\x7f' AS control, '-5'::int AS neg, 1e10::float8 AS f, 'NaN'::float8 AS nan, '1 day'::interval AS i;
SHOW search_path;
EXPLAIN (COSTS OFF) SELECT 1;
INSERT INTO pg_temp.nothing VALUES (1);
