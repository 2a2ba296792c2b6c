-- differential: both
CREATE TABLE a (n int);
BEGIN;
INSERT INTO a VALUES (1);
SELECT 1/0;
