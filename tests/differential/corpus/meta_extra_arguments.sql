\timing on extra
\timing off
\echo fine
\getenv a HOME extra extra
\t off extra
\r extra
CREATE TABLE t (n int);
