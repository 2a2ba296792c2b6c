-- differential: output given=parts/data.tsv
CREATE TABLE t (n int, v text);
\copy t from pstdin
SELECT * FROM t ORDER BY 1;
