-- differential: output
SELECT g, g * g AS square FROM generate_series(1, 3) g \gx
SELECT 'a long value' AS "a long name", E'two\nlines' AS multi \gx
SELECT 1 WHERE false \gx
CREATE TABLE t (n int) \gx
SELECT 1 AS normal;
