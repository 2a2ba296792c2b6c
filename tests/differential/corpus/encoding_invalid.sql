-- differential: both output
CREATE TABLE t (v text);
INSERT INTO t VALUES ('ä latin');
INSERT INTO t VALUES ('fine');
SELECT 'ðŸ';
SELECT 'Ã';
COPY t FROM stdin;
bäd
\.
CREATE TABLE ÿ (n int);
SELECT v FROM t;
