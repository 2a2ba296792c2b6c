-- differential: output
;
;;;
 ; ; -- comment
/* a */ ; /* b */ ;
SELECT 1;;SELECT 2;
;
\echo :ERROR :ROW_COUNT
