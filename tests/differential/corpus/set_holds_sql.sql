-- differential: output
\set list '1, 2, 3'
\set stmt 'SELECT 1 AS one; SELECT 2 AS two;'
\set part 'SELECT '
SELECT * FROM generate_series(1, 5) g WHERE g IN (:list);
:stmt
:part 3 AS three;
\set q 'SELECT ''a;b'';'
:q
\set recursive ':list'
SELECT :recursive;
