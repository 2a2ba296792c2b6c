-- differential: both output
\set AUTOCOMMIT maybe
\set ON_ERROR_ROLLBACK perhaps
\set FETCH_COUNT many
\set VERBOSITY loud
\set ECHO everything
\echo after
SELECT 1;
