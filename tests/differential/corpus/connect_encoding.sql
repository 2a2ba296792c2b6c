-- differential: output
CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C';
\c latin
SHOW client_encoding;
\encoding
SET client_encoding TO 'UTF8';
CREATE TABLE t (v text);
INSERT INTO t VALUES ('käse');
\c subject
SHOW client_encoding;
\echo :ENCODING
