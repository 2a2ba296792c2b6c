-- differential: continue output stdin
SELECT nothing;
\echo :ERROR :SQLSTATE :LAST_ERROR_SQLSTATE
;
\echo :ERROR :SQLSTATE :LAST_ERROR_SQLSTATE
DROP TABLE nothing;
\echo :ERROR :SQLSTATE :LAST_ERROR_SQLSTATE
;
\gdesc
SELECT 1;
;
\g
\echo :ERROR :ROW_COUNT
