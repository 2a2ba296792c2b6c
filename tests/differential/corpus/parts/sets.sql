\echo :depth
\set depth inner
\set from_part yes
