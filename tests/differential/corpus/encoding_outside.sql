-- differential: output env=PGCLIENTENCODING=LATIN1
SHOW client_encoding;
\echo :ENCODING
CREATE TABLE t (v text);
INSERT INTO t VALUES ('ä');
SELECT v FROM t;
