-- differential: both output
\set tag 't'
\set body 'SELECT 1'
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT length(':tag') $$;
SELECT f(), $t$:tag$t$, $:tag$ AS dollar;
