-- differential: continue output stdin
-- The server's message names what it was given: a semicolon where one was sent.
SELECT 1 +;
SELECT 2 +
;
/* here */ DROP TABLE;
\echo :LAST_ERROR_MESSAGE
SELECT 3 + \g
\echo :LAST_ERROR_MESSAGE
