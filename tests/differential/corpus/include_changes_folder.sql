-- differential: both output
\cd parts
\i one.sql
\i two.sql
;
\ir parts/one.sql
SELECT count(*) FROM included;
\cd nowhere
\i one.sql
SELECT 1;
