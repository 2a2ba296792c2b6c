-- differential: both output
SET client_encoding = 'SQL_ASCII';
CREATE TABLE t (v text);
INSERT INTO t VALUES ('Ã¤');
INSERT INTO t VALUES ('ä');
SELECT length(v) FROM t;
