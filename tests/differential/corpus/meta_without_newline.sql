-- differential: output stdin
CREATE TABLE t (n int);
\echo last