CREATE TABLE IF NOT EXISTS included (n int);
INSERT INTO included VALUES (1);
