-- differential: both
\restrict abc
CREATE TABLE t (n int);
\connect subject
CREATE TABLE u (n int);
