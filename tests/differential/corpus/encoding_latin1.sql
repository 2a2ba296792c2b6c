-- differential: output gz
SET client_encoding TO 'LATIN1';
CREATE TABLE tä (v text);
INSERT INTO tä VALUES ('käse; é');
COPY tä FROM stdin;
über
\.
SELECT length(v), v FROM tä;
\encoding
RESET client_encoding;
SELECT length(v), v FROM "tÃ¤";
