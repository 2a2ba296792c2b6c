-- differential: both output
SET client_encoding = 'SJIS';
CREATE TABLE t (v text);
INSERT INTO t VALUES ('ƒ\');
\c -
SHOW client_encoding;
INSERT INTO t VALUES ('ƒ\');
SELECT v FROM t;
