-- differential: both output
CREATE TABLE t (n int, v text);
INSERT INTO t VALUES (1, 'a|b'), (2, NULL), (3, E'x\ny');
TABLE t;
\a
TABLE t;
\f ';'
TABLE t;
\t on
TABLE t;
\t
\a
\pset null '(null)'
\pset border 2
TABLE t;
\pset border 0
TABLE t;
\pset border 1
\x
TABLE t;
\x off
\pset format csv
TABLE t;
\pset format unaligned
\pset fieldsep_zero
\pset recordsep '#'
TABLE t;
\pset format aligned
\C 'The title'
TABLE t;
\C
\pset footer off
TABLE t;
\H
TABLE t;
\T border=2
TABLE t;
\H
\pset tuples_only on
\pset format nonsense
\pset nonsense
\pset linestyle unicode
\pset expanded auto
\timing on
TABLE t;
\timing
