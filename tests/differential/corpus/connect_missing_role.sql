-- differential: both output
CREATE TABLE before (n int);
\c - nobody
DROP TABLE before;
SELECT 1;
