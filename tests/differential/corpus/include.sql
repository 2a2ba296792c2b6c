-- differential: output stdin gz zst
\i parts/one.sql
\include parts/two.sql
\ir parts/deep/three.sql
\include_relative 'parts/with space.sql'
\set name parts/one.sql
\i :name
SELECT * FROM included ORDER BY 1;
