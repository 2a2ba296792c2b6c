-- differential: output
SET client_encoding = 'BIG5';
CREATE TABLE t (v text);
INSERT INTO t VALUES ('¥\³\;');
COPY t FROM stdin;
¥\
\.
RESET client_encoding;
SELECT v FROM t;
