-- differential: output
CREATE DATABASE other;
CREATE TABLE
\c other
 half (n int);
SELECT current_database();
