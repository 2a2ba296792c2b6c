-- differential: output
CREATE DATABASE other;
\set url 'postgresql://' :USER '@' :HOST ':' :PORT '/other?application_name=from%20url'
\c :url
CREATE TABLE one (n int);
SELECT current_database(), current_setting('application_name');
\c postgres://postgres@127.0.0.1::PORT/subject
SELECT current_database();
