-- differential: output
\i parts/bom.sql
\i parts/crlf.sql
SELECT v, length(v) FROM crlf ORDER BY 1;
