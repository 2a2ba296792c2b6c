#include "pgprimer/ledger/schema.hpp"

#include "pgprimer/base/text.hpp"

namespace pgprimer::ledger {
namespace {

constexpr std::string_view read_only_hint = "connect to the primary, or look at default_transaction_read_only of role and database";

// {S} is the quoted schema.
constexpr std::string_view own_schema = R"sql(
CREATE SCHEMA {S};
COMMENT ON SCHEMA {S} IS 'The ledger of pgprimer: what was applied here, when and by whom.';
)sql";

constexpr std::string_view tables = R"sql(
CREATE TABLE IF NOT EXISTS {S}.ledger (
    version int NOT NULL,
    schema_oid oid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp());
COMMENT ON TABLE {S}.ledger IS 'One row: the version of these tables, and the OID that this schema had when it was made (another one now: the database was restored).';
CREATE TABLE IF NOT EXISTS {S}.project (
    project text PRIMARY KEY,
    epoch bigint NOT NULL,
    contact text NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp());
COMMENT ON TABLE {S}.project IS 'One row a project: its epoch grows with each run that gets the lock; contact says what the first run met, until one has ended well: an empty database, a filled or a known one, or that somebody has recorded what was there (baseline).';
CREATE TABLE IF NOT EXISTS {S}.unit (
    project text NOT NULL,
    step text NOT NULL,
    item text NOT NULL DEFAULT '',
    unit text NOT NULL,
    kind text NOT NULL,
    state text NOT NULL CHECK (state IN ('done', 'started', 'partial', 'failed', 'baseline')),
    checksum text NOT NULL DEFAULT '',
    statement int NOT NULL DEFAULT 0,
    line int NOT NULL DEFAULT 0,
    verb text NOT NULL DEFAULT '',
    prefix text NOT NULL DEFAULT '',
    schema text NOT NULL DEFAULT '',
    schema_oid oid NOT NULL DEFAULT 0,
    error text NOT NULL DEFAULT '',
    run text NOT NULL DEFAULT '',
    epoch bigint NOT NULL DEFAULT 0,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    applied_by text NOT NULL DEFAULT session_user,
    host text NOT NULL DEFAULT '',
    version text NOT NULL DEFAULT '',
    took interval,
    PRIMARY KEY (project, step, item, unit));
COMMENT ON TABLE {S}.unit IS 'One row a script, migration or hook: done and baseline count as applied; partial stopped after a statement; started: a statement outside any transaction began and its end is not known; failed: see error.';
CREATE TABLE IF NOT EXISTS {S}.step (
    project text NOT NULL,
    step text NOT NULL,
    item text NOT NULL DEFAULT '',
    name text NOT NULL,
    digest text NOT NULL,
    signature text NOT NULL DEFAULT '',
    units integer NOT NULL DEFAULT 0,
    schema text NOT NULL DEFAULT '',
    schema_oid oid NOT NULL DEFAULT 0,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (project, step, item));
COMMENT ON TABLE {S}.step IS 'One row a step that ended well: a digest over all its units, and one over its files'' stat signatures.';
CREATE TABLE IF NOT EXISTS {S}.primed (
    project text NOT NULL,
    plan text NOT NULL,
    run text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    host text NOT NULL DEFAULT '',
    version text NOT NULL DEFAULT '',
    took interval,
    PRIMARY KEY (project, plan));
COMMENT ON TABLE {S}.primed IS 'The final row of a run: with it the database is primed for this plan.';
CREATE OR REPLACE VIEW {S}.history AS
    SELECT project, step, item, unit, kind, state, applied_at, applied_by, host, version, took, checksum, run, error FROM {S}.unit ORDER BY applied_at;
COMMENT ON VIEW {S}.history IS 'What ran, when, by whom, how long.';
CREATE OR REPLACE FUNCTION {S}.enter(a_project text, a_epoch bigint, a_key bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $enter$
BEGIN
    IF NOT pg_try_advisory_xact_lock_shared(a_key)
       OR a_epoch IS DISTINCT FROM (SELECT epoch FROM {S}.project WHERE project = a_project) THEN
        RAISE EXCEPTION 'another run of pgprimer has taken over' USING ERRCODE = 'PGP01';
    END IF;
END $enter$;
COMMENT ON FUNCTION {S}.enter IS 'Every unit calls it first: it holds the work key until the transaction ends, and raises where a later run has begun.';
CREATE OR REPLACE FUNCTION {S}.claim(a_project text, a_epoch bigint, a_key bigint, a_step text, a_item text, a_unit text, a_kind text, a_state text,
        a_checksum text, a_statement int, a_line int, a_verb text, a_prefix text, a_error text, a_schema text, a_run text, a_host text, a_version text,
        a_expect text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $claim$
DECLARE
    v_oid oid := coalesce((SELECT oid FROM pg_namespace WHERE nspname = a_schema), 0);
BEGIN
    PERFORM {S}.enter(a_project, a_epoch, a_key);
    IF a_state IN ('started', 'partial', 'failed') THEN
        DELETE FROM {S}.step WHERE project = a_project AND step = a_step AND item = a_item;
    END IF;
    IF a_expect = '' THEN
        INSERT INTO {S}.unit (project, step, item, unit, kind, state, checksum, statement, line, verb, prefix, error, schema, schema_oid, run, epoch, host, version)
        VALUES (a_project, a_step, a_item, a_unit, a_kind, a_state, a_checksum, a_statement, a_line, a_verb, a_prefix, a_error, coalesce(a_schema, ''), v_oid,
                a_run, a_epoch, a_host, a_version);
        RETURN;
    END IF;
    UPDATE {S}.unit SET kind = a_kind, state = a_state, checksum = a_checksum, statement = a_statement, line = a_line, verb = a_verb, prefix = a_prefix,
           error = a_error, schema = coalesce(a_schema, ''), schema_oid = v_oid, run = a_run, epoch = a_epoch, host = a_host, version = a_version,
           applied_at = clock_timestamp(), applied_by = session_user, took = NULL
     WHERE project = a_project AND step = a_step AND item = a_item AND unit = a_unit AND (a_expect = '*' OR state || ' ' || checksum = a_expect);
    IF NOT FOUND THEN
        IF a_expect = '*' THEN
            PERFORM {S}.claim(a_project, a_epoch, a_key, a_step, a_item, a_unit, a_kind, a_state, a_checksum, a_statement, a_line, a_verb, a_prefix,
                              a_error, a_schema, a_run, a_host, a_version, '');
        ELSE
            RAISE EXCEPTION 'the ledger''s row of this unit has changed meanwhile' USING ERRCODE = 'PGP02';
        END IF;
    END IF;
END $claim$;
COMMENT ON FUNCTION {S}.claim IS 'Writes a unit''s row in the transaction that runs the unit. Expected: '''' no row yet, ''state checksum'' of the row to be replaced, or * for either.';
INSERT INTO {S}.ledger (version, schema_oid) SELECT 1, oid FROM pg_catalog.pg_namespace WHERE nspname = {N} AND NOT EXISTS (SELECT FROM {S}.ledger);
)sql";

std::string fill(std::string_view text, const std::string& schema) {
    std::string out;
    while (true) {
        const auto at = text.find('{');
        out += text.substr(0, at);
        if (at == std::string_view::npos) return out;
        out += text[at + 1] == 'S' ? quote_identifier(schema) : quote_literal(schema);
        text.remove_prefix(at + 3);
    }
}

}  // namespace

std::string create_sql(const Identity& identity, bool with_schema) {
    return (with_schema ? fill(own_schema, identity.schema) : std::string()) + fill(tables, identity.schema);
}

std::string grant_sql(const Identity& identity, const std::string& role) {
    const std::string schema = quote_identifier(identity.schema), to = quote_identifier(role);
    return "GRANT USAGE ON SCHEMA " + schema + " TO " + to + "; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA " + schema + " TO " + to;
}

Diagnostic not_written(Diagnostic why, const Identity& identity, const pg::Address& address) {
    if (why.error != Error::failed) return why;
    const std::string& state = why.sqlstate;
    if (state == "42501") {
        why.error = Error::refused;
        why.hint = "as its owner: " + grant_sql(identity, address.user);
    } else if (state == "25006") {
        why.error = Error::refused;
        why.hint = std::string(read_only_hint);
    } else if (state == "3F000" || state == "42P01" || state == "42703" || state == "42883") {
        why.error = Error::disagreement;
        why.hint = "it was dropped or edited by hand: restore it; or drop schema " + quote_identifier(identity.schema) +
                   ", if it is still there, and record what was applied: pgprimer baseline";
    }
    why.message = "the ledger in schema \"" + identity.schema + "\" could not be written: " + why.message;
    return why;
}

Task<Result<void>> create(pg::Connection& session, const Identity& identity, Deadline deadline) {
    for (int attempt = 0;; ++attempt) {
        // IF NOT EXISTS would ask for the right to create a schema even where it is there.
        const std::string look = "SELECT FROM pg_catalog.pg_namespace WHERE nspname = " + quote_literal(identity.schema);
        PGPRIMER_CO_TRY(const pg::Rows there, co_await session.query(look, deadline));
        auto made = co_await session.query(create_sql(identity, there.size() == 0), deadline);
        if (made) co_return Result<void>{};
        Diagnostic why = made.error();
        const std::string& state = why.sqlstate;
        if (state == "42501" || state == "25006") {
            const std::string& user = session.address().user;
            Diagnostic refused(Error::refused, state == "25006"
                                                   ? "the server takes no writes: the ledger cannot be created"
                                                   : "role \"" + user + "\" may not create the ledger's schema \"" + identity.schema + "\"");
            refused.detail = why.message;
            refused.sqlstate = state;
            refused.hint = state == "25006" ? std::string(read_only_hint)
                                            : "once, as a superuser: GRANT CREATE ON DATABASE " + quote_identifier(session.address().dbname) +
                                                  " TO " + quote_identifier(user) + "; or create the schema for it: CREATE SCHEMA " +
                                                  quote_identifier(identity.schema) + " AUTHORIZATION " + quote_identifier(user);
            co_return refused;
        }
        // Another project's first starter at the same moment.
        const bool raced =
            state == "23505" || state == "42P06" || state == "42P07" || state == "42710" || state == "42723" || state == "XX000" || state == "40P01";
        if (!raced || attempt == 20) co_return why;
        if (auto waited = co_await sleep_for(std::chrono::milliseconds{20}, deadline); waited != Waited::ready) {
            co_return not_ready(waited, deadline, "the ledger could not be created in time");
        }
    }
}

}  // namespace pgprimer::ledger
