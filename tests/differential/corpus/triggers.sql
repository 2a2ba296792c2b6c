-- differential: both output
CREATE TABLE t (n int, seen text);
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  NEW.seen := TG_OP || ';' || $q$'x'$q$;
  IF NEW.n < 0 THEN RAISE EXCEPTION 'negative: %', NEW.n USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END;
$body$;
CREATE TRIGGER tr BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION tf();
INSERT INTO t VALUES (1);
INSERT INTO t VALUES (-1);
UPDATE t SET n = 2;
TABLE t;
