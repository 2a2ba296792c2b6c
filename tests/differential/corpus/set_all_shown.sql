-- differential: both output
\set mine 'x y'
\unset mine
\unset never_set
\unset
\echo :mine
\unset AUTOCOMMIT
\unset ON_ERROR_ROLLBACK
\echo :AUTOCOMMIT :ON_ERROR_ROLLBACK
SELECT 1;
