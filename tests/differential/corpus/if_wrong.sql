-- differential: both output
\else
\elif true
\endif
\echo one
\if true
\else
\else
\echo two
\endif
\if false
\else
\elif true
\echo three
\endif
\endif
\echo four
SELECT 1;
