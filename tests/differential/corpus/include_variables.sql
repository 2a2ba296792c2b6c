-- differential: output
\set depth outer
\i parts/sets.sql
\echo :depth :from_part
