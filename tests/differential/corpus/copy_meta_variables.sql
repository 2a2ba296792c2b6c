-- differential: both output
CREATE TABLE t (n int, v text);
\set file parts/data.tsv
\copy t from :file
SELECT count(*) FROM t;
\set stmt '\\copy t from parts/data.tsv'
SELECT :'stmt';
