-- differential: both
\set ON_ERROR_STOP 0
SELECT 1/0;
\set ON_ERROR_STOP nonsense
SELECT 2/0;
\unset ON_ERROR_STOP
SELECT 3/0;
\set ON_ERROR_STOP
SELECT 4/0;
CREATE TABLE never (n int);
