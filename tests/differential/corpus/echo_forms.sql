-- differential: both output
\echo
\echo plain words   with   blanks
\echo 'single  quoted' "double  quoted" mixed'up'"here"
\echo -n no newline
\echo -n
\echo ' <- after' -n
\echo "-n" quoted option
\echo -N
\echo 'it''s' 'a\tb\\c' "a\tb" a\tb
\echo one \echo two \\ SELECT 'three' AS v;
\qecho to the query output
\qecho -n half
\qecho  line
\warn only to stderr
\echo :undefined :'undefined' ; semicolon
\echo "unfinished
\echo 'unfinished
\echo last
