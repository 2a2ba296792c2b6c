-- differential: both output
SELECT 1 AS one \g one.out
SELECT g AS two FROM generate_series(1, 3) g \g (format=unaligned footer=off) 'two file.out'
\set name three.out
SELECT 3 AS three \g :name
COPY (SELECT 4) TO STDOUT \g four.out
SELECT 5 AS five;
SELECT 1/0 \g five.out
SELECT 6 \g /nonexistent/folder/six.out
SELECT 7 AS seven;
