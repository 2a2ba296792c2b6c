-- differential: both output stdin
-- What the server keeps of a statement's text is what psql sends: comments before it, its semicolon, no empty lines but in quotes.
PREPARE one AS SELECT 1;
/* before it */ PREPARE two AS

SELECT 2 -- inside

, '

kept' ;
PREPARE three AS SELECT 3   \g
/* one line
and another */
PREPARE four AS SELECT 4 \; PREPARE five AS SELECT 5;
SELECT name, statement FROM pg_prepared_statements ORDER BY 1;
CREATE TABLE seen (query text);
CREATE FUNCTION see() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen VALUES (current_query()); END $$;
CREATE EVENT TRIGGER see ON ddl_command_end EXECUTE FUNCTION see();
CREATE TABLE a (i int); -- sent ahead
/* b */ CREATE TABLE b (i int);
CREATE TABLE c

(i int);
DROP EVENT TRIGGER see;
