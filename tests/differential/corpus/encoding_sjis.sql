-- differential: output stdin gz
\encoding SJIS
CREATE TABLE t (v text);
INSERT INTO t VALUES ('ソ表'), ('能'), (E'ソ\n表');
INSERT INTO t VALUES ($$ソ;$$);
COPY t FROM stdin;
ソ表
能
\.
SELECT v, length(v) FROM t ORDER BY 2, 1;
\set x 'ソ表'
SELECT length(:'x');
INSERT INTO t VALUES ('ソ');
