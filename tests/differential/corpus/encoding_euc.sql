-- differential: output
SET client_encoding = 'EUC_JP';
CREATE TABLE t (v text);
INSERT INTO t VALUES ('ÆüËÜ¸ì;É½');
SELECT length(v) FROM t;
SET client_encoding = 'WIN1252';
INSERT INTO t VALUES ('€ “q”');
RESET client_encoding;
SELECT v FROM t;
