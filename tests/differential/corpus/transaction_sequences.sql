-- differential: both output
CREATE TABLE t (n serial PRIMARY KEY, v text UNIQUE);
INSERT INTO t (v) VALUES ('a');
INSERT INTO t (v) VALUES ('a');
INSERT INTO t (v) VALUES ('b');
BEGIN;
INSERT INTO t (v) VALUES ('c');
ROLLBACK;
INSERT INTO t (v) VALUES ('d');
INSERT INTO t (v) VALUES ('e'), ('d');
SELECT nextval('t_n_seq');
SELECT setval('t_n_seq', 100);
INSERT INTO t (v) VALUES ('f');
SELECT n, v FROM t ORDER BY n;
