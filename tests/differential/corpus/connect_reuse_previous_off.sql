-- differential: both output
CREATE DATABASE other;
\set where 'host=127.0.0.1 user=postgres dbname=other port=' :PORT
\c -reuse-previous=off :where
CREATE TABLE one (n int);
SELECT current_database();
\c -reuse-previous=maybe subject
CREATE TABLE two (n int);
