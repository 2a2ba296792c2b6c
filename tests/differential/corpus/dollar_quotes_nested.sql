-- differential: both output
CREATE FUNCTION outer_f() RETURNS text LANGUAGE plpgsql AS $outer$
DECLARE s text;
BEGIN
  EXECUTE $inner$ CREATE FUNCTION inner_f() RETURNS text LANGUAGE sql AS $$ SELECT 'in;ner $outer' ; $$ $inner$;
  -- $outer is not the end; nor $inner$
  s := $x$ a ; $y$ b $x$ || ';';
  RETURN s;
END
$outer$;
SELECT outer_f(), inner_f();
DO $$ BEGIN PERFORM 1; END; $$; DO $$ BEGIN NULL; END $$;
DO $_$ BEGIN RAISE NOTICE '%', $q$it's$q$; END $_$ LANGUAGE plpgsql;
SELECT $_1$a$_1$, $tag$
\echo not run
:x :'x'
$tag$ AS v;
