-- differential: output
SELECT 1 AS one, 'two words' AS two, NULL AS three \gset
\echo :one :two :three
\set three set
SELECT NULL AS three \gset
\echo :three
SELECT 4 AS four, 5 AS five
\gset pre_
\echo :pre_four :pre_five :four
SELECT 'x' AS "Odd" \gset
\echo :Odd
SELECT 6 AS a \; SELECT 7 AS b \gset
\echo :a :b
