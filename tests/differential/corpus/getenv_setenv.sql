-- differential: both output env=GIVEN=from-outside
\getenv home_of_nobody NOT_IN_ENVIRONMENT
\echo :home_of_nobody
\set kept before
\getenv kept NOT_IN_ENVIRONMENT
\echo :kept
\getenv given GIVEN
\echo :given
SELECT :'given';
\setenv MADE 'by the script'
\getenv made MADE
\echo :made
\setenv MADE
\set made gone
\getenv made MADE
\echo :made
\getenv
\getenv a b c
\setenv
\setenv a=b c
SELECT 1;
