-- differential: both output
CREATE TABLE t (n int, v text);
\copy t from parts/data.tsv
\copy t (n, v) from 'parts/data.csv' csv header
\copy t from parts/data.csv with (format csv, header true)
\copy public.t (v, n) from parts/swapped.csv with (format csv, delimiter ';', null 'nil', quote '''', escape '''')
SELECT n, v FROM t ORDER BY 1, 2;
\copy t to out.tsv
\copy t (v) to 'out file.csv' with csv header
\copy (select n, v from t where n > 1 order by 1, 2) to query.csv (format csv, force_quote *)
\copy (select 'a;b' as "x;y", ')' as p) to 'semi.csv' csv header
\copy t from nowhere.tsv
\copy t to /nonexistent/folder/out.tsv
\copy t to parts
SELECT count(*) FROM t;
