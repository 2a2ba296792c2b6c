-- differential: both output
SELECT 'off' AS "AUTOCOMMIT", 'on' AS "ON_ERROR_STOP" \gset
\echo :AUTOCOMMIT
CREATE TABLE lost (n int);
