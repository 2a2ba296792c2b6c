-- differential: stdin
CREATE TABLE a (n int);
BEGIN;
INSERT INTO a VALUES (1);
CREATE TABLE b (n int);
