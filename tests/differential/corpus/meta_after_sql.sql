-- differential: output
CREATE TABLE a (n int); \echo one \\ CREATE TABLE b (n int); \echo two
SELECT 1 AS x; SELECT 2 AS y \g \echo three
\echo four \\SELECT 3 AS z;
\set v 5 \\ SELECT :v AS five;
SELECT 'a' AS "back\slash", 'b\\c' AS d;
\set w 1 \set x 2 \echo :w :x
