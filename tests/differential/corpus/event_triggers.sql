-- differential: both output
CREATE TABLE log (tag text);
CREATE FUNCTION logged() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.log VALUES (tg_tag); END $$;
CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION logged();
CREATE TABLE t (n int);
CREATE VIEW v AS TABLE t;
BEGIN;
CREATE TABLE u (n int);
ROLLBACK;
CREATE FUNCTION forbid() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no %', tg_tag; END $$;
CREATE EVENT TRIGGER f ON ddl_command_start WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION forbid();
DROP TABLE t;
TABLE log;
