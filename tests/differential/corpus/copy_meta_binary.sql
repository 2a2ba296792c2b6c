-- differential: both output
CREATE TABLE t (n int, v bytea);
INSERT INTO t VALUES (1, '\x000102ff'), (2, NULL);
\copy t to t.bin binary
\copy t from t.bin with (format binary)
\copy binary t to t2.bin
\copy t from parts/data.tsv with (format binary)
SELECT * FROM t ORDER BY 1, 2;
