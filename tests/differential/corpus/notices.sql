-- differential: both output
SET client_min_messages = debug1;
RESET client_min_messages;
DROP TABLE IF EXISTS nowhere;
DO $$ BEGIN RAISE NOTICE 'a notice'; RAISE WARNING 'a warning'; RAISE INFO 'an info'; RAISE LOG 'a log'; END $$;
DO $$ BEGIN RAISE EXCEPTION 'of ours' USING ERRCODE = 'P9999', DETAIL = 'd', HINT = 'h'; END $$;
DO $$ BEGIN RAISE unique_violation; END $$;
DO $$ BEGIN ASSERT false, 'asserted'; END $$;
DO $$ BEGIN BEGIN PERFORM 1/0; EXCEPTION WHEN division_by_zero THEN RAISE NOTICE 'caught'; END; END $$;
CREATE TABLE t (n int);
CREATE TABLE IF NOT EXISTS t (n int);
TRUNCATE t;
