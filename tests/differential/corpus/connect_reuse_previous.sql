-- differential: both output env=PGPORT=1
CREATE DATABASE "we'ird d\b";
CREATE DATABASE other;
\connect -reuse-previous=on "dbname='other'"
CREATE TABLE one (n int);
\connect -reuse-previous=on "dbname='we\\'ird d\\\\b'"
CREATE TABLE two (n int);
SELECT current_database();
\c -reuse-previous=off "host=127.0.0.1 user=postgres dbname=subject"
\c -reuse-previous=on subject
SELECT current_database();
