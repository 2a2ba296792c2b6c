-- differential: output
CREATE DATABASE other;
CREATE TABLE here (n int);
\c other
CREATE TABLE there (n int);
SELECT current_database(), current_user;
\connect subject
INSERT INTO here VALUES (1);
SELECT current_database();
\echo :DBNAME :USER :HOST :PORT
