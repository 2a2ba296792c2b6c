-- differential: continue output
\set ECHO errors
SELECT 1 AS one;
SELECT 1/0;
\set ECHO queries
SELECT 2 AS two;
\set ECHO all
SELECT 3 AS three;
\echo said
\set ECHO none
SELECT 4 AS four;
