-- differential: both output
CREATE TABLE t (n int);
\copy
\copy t
\copy t sideways x
\copy t from
\copy nowhere from parts/data.tsv
\copy t from parts/data.tsv
\copy (select 1/0) to out.tsv
\copy (select 1 to out2.tsv
\copy t (nix) to out3.tsv
SELECT count(*) FROM t;
