-- differential: both output
\set a 1
\set x 2
\set y 3
CREATE TABLE arr (v int[]);
INSERT INTO arr VALUES ('{10,20,30,40}');
SELECT v[1:2], v[:y], v[:x:], v[1::y], (v)[2:3] FROM arr;
SELECT 1::text, '2'::int, 5 AS "a:x", ':x', $$ :x :'x' $$, $t$ :y $t$ -- :x
 /* :x :'x' :nothing */;
SELECT :a::int, :a :: text, '{1}'::int[] , ':a' || :'a';
SELECT '12:34:56'::time, E':a\':a', U&':a';
