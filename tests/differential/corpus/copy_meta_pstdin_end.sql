-- differential: output given=parts/two_sets.tsv
CREATE TABLE t (n int, v text);
\copy t from pstdin
\copy t from pstdin
SELECT * FROM t ORDER BY 1;
