-- differential: output
SELECT 'to a program' AS v \g |cat > program.out
SELECT 2 AS two \g (tuples_only=on) | tr 2 9 > second.out
SELECT 3 AS three;
