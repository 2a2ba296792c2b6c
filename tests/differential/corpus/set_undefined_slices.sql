-- differential: output
CREATE TABLE arr AS SELECT ARRAY[10,20,30,40] AS v, 2 AS hi;
SELECT v[1:hi], v[:hi], v[hi:], v[:] FROM arr;
SELECT '1'::int;
