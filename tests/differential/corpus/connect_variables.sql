-- differential: both output
CREATE DATABASE "Other One";
\set db 'Other One'
\c :"db"
SELECT current_database();
\c :'db'
SELECT current_database();
\c "Other One"
CREATE TABLE t (n int);
SELECT current_database();
