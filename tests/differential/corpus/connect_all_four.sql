-- differential: output
CREATE DATABASE other;
\c other postgres 127.0.0.1 :PORT
CREATE TABLE one (n int);
\c subject - - -
CREATE TABLE two (n int);
\c - - 127.0.0.1
CREATE TABLE three (n int);
\c
CREATE TABLE four (n int);
SELECT current_database();
