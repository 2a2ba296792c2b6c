-- differential: both output
\encoding LATIN1
\encoding
\echo :ENCODING
SELECT '�' AS v;
\encoding NONSENSE
\encoding UTF8
SELECT 'ä' AS v;
SHOW client_encoding;
\set x 'ä'
SELECT length(:'x');
