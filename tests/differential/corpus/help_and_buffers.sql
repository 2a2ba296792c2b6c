-- differential: both
SELECT 'half'
\p
\w written.sql
\r
SELECT 'other'
\print
;
\p
\reset
\write
\w again.sql
SELECT 1;
\w last.sql
\?
\? variables
\h SELECT
\help
\copyright
\errverbose
CREATE TABLE afterwards (n int);
