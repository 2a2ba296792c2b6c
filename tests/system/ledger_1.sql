-- The ledger's first layout with three units in it: a dump of what pgprimer 0.1.0 made.
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE SCHEMA pgprimer;
COMMENT ON SCHEMA pgprimer IS 'The ledger of pgprimer: what was applied here, when and by whom.';
CREATE FUNCTION pgprimer.claim(a_project text, a_epoch bigint, a_key bigint, a_step text, a_item text, a_unit text, a_kind text, a_state text, a_checksum text, a_statement integer, a_line integer, a_verb text, a_prefix text, a_error text, a_schema text, a_run text, a_host text, a_version text, a_expect text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    v_oid oid := coalesce((SELECT oid FROM pg_namespace WHERE nspname = a_schema), 0);
BEGIN
    PERFORM "pgprimer".enter(a_project, a_epoch, a_key);
    IF a_state IN ('started', 'partial', 'failed') THEN
        DELETE FROM "pgprimer".step WHERE project = a_project AND step = a_step AND item = a_item;
    END IF;
    IF a_expect = '' THEN
        INSERT INTO "pgprimer".unit (project, step, item, unit, kind, state, checksum, statement, line, verb, prefix, error, schema, schema_oid, run, epoch, host, version)
        VALUES (a_project, a_step, a_item, a_unit, a_kind, a_state, a_checksum, a_statement, a_line, a_verb, a_prefix, a_error, coalesce(a_schema, ''), v_oid,
                a_run, a_epoch, a_host, a_version);
        RETURN;
    END IF;
    UPDATE "pgprimer".unit SET kind = a_kind, state = a_state, checksum = a_checksum, statement = a_statement, line = a_line, verb = a_verb, prefix = a_prefix,
           error = a_error, schema = coalesce(a_schema, ''), schema_oid = v_oid, run = a_run, epoch = a_epoch, host = a_host, version = a_version,
           applied_at = clock_timestamp(), applied_by = session_user, took = NULL
     WHERE project = a_project AND step = a_step AND item = a_item AND unit = a_unit AND (a_expect = '*' OR state || ' ' || checksum = a_expect);
    IF NOT FOUND THEN
        IF a_expect = '*' THEN
            PERFORM "pgprimer".claim(a_project, a_epoch, a_key, a_step, a_item, a_unit, a_kind, a_state, a_checksum, a_statement, a_line, a_verb, a_prefix,
                              a_error, a_schema, a_run, a_host, a_version, '');
        ELSE
            RAISE EXCEPTION 'the ledger''s row of this unit has changed meanwhile' USING ERRCODE = 'PGP02';
        END IF;
    END IF;
END $$;
COMMENT ON FUNCTION pgprimer.claim(a_project text, a_epoch bigint, a_key bigint, a_step text, a_item text, a_unit text, a_kind text, a_state text, a_checksum text, a_statement integer, a_line integer, a_verb text, a_prefix text, a_error text, a_schema text, a_run text, a_host text, a_version text, a_expect text) IS 'Writes a unit''s row in the transaction that runs the unit. Expected: '''' no row yet, ''state checksum'' of the row to be replaced, or * for either.';
CREATE FUNCTION pgprimer.enter(a_project text, a_epoch bigint, a_key bigint) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock_shared(a_key)
       OR a_epoch IS DISTINCT FROM (SELECT epoch FROM "pgprimer".project WHERE project = a_project) THEN
        RAISE EXCEPTION 'another run of pgprimer has taken over' USING ERRCODE = 'PGP01';
    END IF;
END $$;
COMMENT ON FUNCTION pgprimer.enter(a_project text, a_epoch bigint, a_key bigint) IS 'Every unit calls it first: it holds the work key until the transaction ends, and raises where a later run has begun.';
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE pgprimer.unit (
    project text NOT NULL,
    step text NOT NULL,
    item text DEFAULT ''::text NOT NULL,
    unit text NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    checksum text DEFAULT ''::text NOT NULL,
    statement integer DEFAULT 0 NOT NULL,
    line integer DEFAULT 0 NOT NULL,
    verb text DEFAULT ''::text NOT NULL,
    prefix text DEFAULT ''::text NOT NULL,
    schema text DEFAULT ''::text NOT NULL,
    schema_oid oid DEFAULT 0 NOT NULL,
    error text DEFAULT ''::text NOT NULL,
    run text DEFAULT ''::text NOT NULL,
    epoch bigint DEFAULT 0 NOT NULL,
    applied_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    applied_by text DEFAULT SESSION_USER NOT NULL,
    host text DEFAULT ''::text NOT NULL,
    version text DEFAULT ''::text NOT NULL,
    took interval,
    CONSTRAINT unit_state_check CHECK ((state = ANY (ARRAY['done'::text, 'started'::text, 'partial'::text, 'failed'::text, 'baseline'::text])))
);
COMMENT ON TABLE pgprimer.unit IS 'One row a script, migration or hook: done and baseline count as applied; partial stopped after a statement; started: a statement outside any transaction began and its end is not known; failed: see error.';
CREATE VIEW pgprimer.history AS
 SELECT unit.project,
    unit.step,
    unit.item,
    unit.unit,
    unit.kind,
    unit.state,
    unit.applied_at,
    unit.applied_by,
    unit.host,
    unit.version,
    unit.took,
    unit.checksum,
    unit.run,
    unit.error
   FROM pgprimer.unit
  ORDER BY unit.applied_at;
COMMENT ON VIEW pgprimer.history IS 'What ran, when, by whom, how long.';
CREATE TABLE pgprimer.ledger (
    version integer NOT NULL,
    schema_oid oid NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
COMMENT ON TABLE pgprimer.ledger IS 'One row: the version of these tables, and the OID that this schema had when it was made (another one now: the database was restored).';
CREATE TABLE pgprimer.primed (
    project text NOT NULL,
    plan text NOT NULL,
    run text NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    host text DEFAULT ''::text NOT NULL,
    version text DEFAULT ''::text NOT NULL,
    took interval
);
COMMENT ON TABLE pgprimer.primed IS 'The final row of a run: with it the database is primed for this plan.';
CREATE TABLE pgprimer.project (
    project text NOT NULL,
    epoch bigint NOT NULL,
    contact text NOT NULL,
    since timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
COMMENT ON TABLE pgprimer.project IS 'One row a project: its epoch grows with each run that gets the lock; contact says what the first run met, until one has ended well: an empty database, a filled or a known one, or that somebody has recorded what was there (baseline).';
CREATE TABLE pgprimer.step (
    project text NOT NULL,
    step text NOT NULL,
    item text DEFAULT ''::text NOT NULL,
    name text NOT NULL,
    digest text NOT NULL,
    signature text DEFAULT ''::text NOT NULL,
    units integer DEFAULT 0 NOT NULL,
    schema text DEFAULT ''::text NOT NULL,
    schema_oid oid DEFAULT 0 NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
COMMENT ON TABLE pgprimer.step IS 'One row a step that ended well: a digest over all its units, and one over its files'' stat signatures.';
CREATE TABLE public.mark (
    n integer
);
INSERT INTO pgprimer.ledger VALUES (1, 16385, '2026-11-25 04:45:16.991872+00');
INSERT INTO pgprimer.primed VALUES ('default', 'dbfb38779e798672', 'be71-6bd622bc', '2026-11-25 04:45:17.061405+00', 'host', '0.1.0', '00:00:00.144549');
INSERT INTO pgprimer.project VALUES ('default', 1, 'empty', '2026-11-25 04:45:17.014395+00');
INSERT INTO pgprimer.step VALUES ('default', 'schema', '', 'schema', 'a95d4f127e8b3f461310619864c5f87791e8c6e162f34268eb835afeaff05cbb', '', 2, 'public', 2200, '2026-11-25 04:45:17.060772+00');
INSERT INTO pgprimer.step VALUES ('default', 'seed', '', 'seed', '91eef7b91e9814c61e89ec2e46929be9dba648df105b71563b2f7d1ec7a7a672', '', 1, 'public', 2200, '2026-11-25 04:45:17.061026+00');
INSERT INTO pgprimer.unit VALUES ('default', 'schema', '', '001', 'migrations', 'done', '908444820c2cd4fe0e408c579efad2e0dbc962618f4197a111e8005a45da0391', 0, 0, '', '', 'public', 2200, '', 'be71-6bd622bc', 1, '2026-11-25 04:45:17.049579+00', 'postgres', 'host', '0.1.0', '00:00:00.02228');
INSERT INTO pgprimer.unit VALUES ('default', 'schema', '', '002', 'migrations', 'done', '9f8a079f77c0162eb3dd322cc271c26de8941a2736ca466c3a15dc480116c5f2', 0, 0, '', '', 'public', 2200, '', 'be71-6bd622bc', 1, '2026-11-25 04:45:17.052463+00', 'postgres', 'host', '0.1.0', '00:00:00.001331');
INSERT INTO pgprimer.unit VALUES ('default', 'seed', '', 'seed.sql', 'sql', 'done', '7c062b8d456a8fd0afa4465c1ddcf61371bb0537b67fec62ed6f173a4ca4f342', 0, 0, '', '', 'public', 2200, '', 'be71-6bd622bc', 1, '2026-11-25 04:45:17.053694+00', 'postgres', 'host', '0.1.0', '00:00:00.001158');
INSERT INTO public.mark VALUES (1);
INSERT INTO public.mark VALUES (2);
INSERT INTO public.mark VALUES (3);
ALTER TABLE ONLY pgprimer.primed
    ADD CONSTRAINT primed_pkey PRIMARY KEY (project, plan);
ALTER TABLE ONLY pgprimer.project
    ADD CONSTRAINT project_pkey PRIMARY KEY (project);
ALTER TABLE ONLY pgprimer.step
    ADD CONSTRAINT step_pkey PRIMARY KEY (project, step, item);
ALTER TABLE ONLY pgprimer.unit
    ADD CONSTRAINT unit_pkey PRIMARY KEY (project, step, item, unit);
