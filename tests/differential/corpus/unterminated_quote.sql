-- differential: both stdin
CREATE TABLE a (n int);
INSERT INTO a VALUES (1);
SELECT 'open;
CREATE TABLE b (n int);
