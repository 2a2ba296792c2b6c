-- differential: output
\encoding GB18030
CREATE TABLE t (v text);
INSERT INTO t VALUES ('ùh◊÷÷–ŒƒÅ\≥ÀÉ±'), ('Å\');
SELECT v, length(v) FROM t;
\encoding UTF8
SELECT v FROM t;
