-- differential: output
\c template1
CREATE TABLE in_template (n int);
\c postgres
CREATE TABLE in_postgres (n int);
CREATE DATABASE other;
\c other
TABLE in_template;
