-- differential: both
SELECT 1/0;
CREATE TABLE b (n int)
