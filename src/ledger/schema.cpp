#include "pgprimer/ledger/schema.hpp"

#include "pgprimer/base/text.hpp"

namespace pgprimer::ledger {
namespace {

constexpr std::string_view read_only_hint = "connect to the primary, or look at default_transaction_read_only of role and database";

// {S} is the quoted schema, {N} its name as a literal, {V} the version of the layout.
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
)sql";

constexpr std::string_view columns = R"sql(
COMMENT ON COLUMN {S}.ledger.version IS 'Of these tables. Within a major version of pgprimer upgrades only add.';
COMMENT ON COLUMN {S}.ledger.schema_oid IS 'OID of this schema when it was made.';
COMMENT ON COLUMN {S}.project.project IS '[ledger] project of the configuration: two services may share one database.';
COMMENT ON COLUMN {S}.project.epoch IS 'Grows with each run that gets the lock; a run of an earlier epoch writes nothing any more.';
COMMENT ON COLUMN {S}.project.contact IS 'empty, filled, known or baseline: what was here before the first run that ended well.';
COMMENT ON COLUMN {S}.unit.step IS 'Id of the step in the configuration.';
COMMENT ON COLUMN {S}.unit.item IS 'Reserved: always empty in this version.';
COMMENT ON COLUMN {S}.unit.unit IS 'A version (migrations), a path (sql), or the kind of the step.';
COMMENT ON COLUMN {S}.unit.kind IS 'Kind of the step: sql, migrations, exec, ...';
COMMENT ON COLUMN {S}.unit.state IS 'done; baseline: recorded as applied, not run; partial: so far; started: begun, its end is not known; failed.';
COMMENT ON COLUMN {S}.unit.checksum IS 'Of the content that was applied, with what it includes; without BOM, line ends as LF. A hook: of its inputs and arguments.';
COMMENT ON COLUMN {S}.unit.statement IS 'partial: number of the last statement that is done; started: of the one that was begun. In its file, from 1.';
COMMENT ON COLUMN {S}.unit.line IS 'Line of that statement.';
COMMENT ON COLUMN {S}.unit.verb IS 'Its leading keywords.';
COMMENT ON COLUMN {S}.unit.prefix IS 'Digest of the statements up to and with it: whether they have changed since. started: of those before it, then with it.';
COMMENT ON COLUMN {S}.unit.schema IS 'First schema of the search_path that it ran with.';
COMMENT ON COLUMN {S}.unit.schema_oid IS 'OID of that schema then: whether it was dropped and made again since.';
COMMENT ON COLUMN {S}.unit.error IS 'What it failed with last; of an applied unit: what newer content of it failed with.';
COMMENT ON COLUMN {S}.unit.run IS 'The run that wrote the row.';
COMMENT ON COLUMN {S}.unit.epoch IS 'Epoch of that run.';
COMMENT ON COLUMN {S}.unit.applied_by IS 'The role that was logged in.';
COMMENT ON COLUMN {S}.unit.host IS 'The host, or container, that pgprimer ran on.';
COMMENT ON COLUMN {S}.unit.version IS 'Of pgprimer.';
COMMENT ON COLUMN {S}.unit.took IS 'How long it took.';
COMMENT ON COLUMN {S}.step.digest IS 'Over all units of the step as they were applied: where the files have the same one, there is nothing to do.';
COMMENT ON COLUMN {S}.step.signature IS 'Over size, times and inode of its files: where it is the same, they are not read. Empty: stats cannot tell.';
COMMENT ON COLUMN {S}.step.units IS 'How many units counted as applied.';
COMMENT ON COLUMN {S}.primed.plan IS '[plan] id, or a digest of configuration and files.';
COMMENT ON COLUMN {S}.primed.run IS 'The newest run of this plan.';
COMMENT ON COLUMN {S}.primed.took IS 'How long that run took.';
)sql";

constexpr std::string_view code = R"sql(
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
INSERT INTO {S}.ledger (version, schema_oid) SELECT {V}, oid FROM pg_catalog.pg_namespace WHERE nspname = {N} AND NOT EXISTS (SELECT FROM {S}.ledger);
UPDATE {S}.ledger SET version = {V} WHERE version < {V};
)sql";

std::string fill(std::string_view text, const std::string& schema) {
    std::string out;
    while (true) {
        const auto at = text.find('{');
        out += text.substr(0, at);
        if (at == std::string_view::npos) return out;
        const char what = text[at + 1];
        out += what == 'S' ? quote_identifier(schema) : what == 'N' ? quote_literal(schema) : std::to_string(layout_version);
        text.remove_prefix(at + 3);
    }
}

// "ALTER TABLE t ADD COLUMN IF NOT EXISTS c ..." for each column of the tables, which stand there one a line.
std::string missing_columns() {
    std::string out, table;
    for (const auto& line : split(tables, '\n')) {
        constexpr std::string_view create = "CREATE TABLE IF NOT EXISTS ";
        if (line.starts_with(create)) table = line.substr(create.size(), line.find(' ', create.size()) - create.size());
        if (!line.starts_with("    ") || line.starts_with("    PRIMARY KEY")) continue;
        const std::string column = line.substr(4, line.size() - 4 - (line.ends_with(");") ? 2 : 1));
        out += "ALTER TABLE " + table + " ADD COLUMN IF NOT EXISTS " + column + ";\n";
    }
    return out;
}

}  // namespace

std::string create_sql(const Identity& identity, bool with_schema) {
    return (with_schema ? fill(own_schema, identity.schema) : std::string()) + fill(tables, identity.schema) + fill(columns, identity.schema) +
           fill(code, identity.schema);
}

std::string upgrade_sql(const Identity& identity, bool is_damaged) {
    return "SET client_min_messages = warning; BEGIN;" + fill(tables, identity.schema) +
           (is_damaged ? fill(missing_columns(), identity.schema) : std::string()) + fill(columns, identity.schema) + fill(code, identity.schema) +
           "COMMIT; RESET client_min_messages";
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
        why.hint =
            "it was dropped or edited by hand: restore it from a dump; or make again what is missing of it: pgprimer repair --ledger; where that has lost what was "
            "applied, the next run says how to record it: pgprimer baseline";
    }
    why.message = "the ledger in schema \"" + identity.schema + "\" could not be written: " + why.message;
    return why;
}

namespace {

Diagnostic not_created(const Diagnostic& why, const Identity& identity, const pg::Address& address) {
    const bool read_only = why.sqlstate == "25006";
    Diagnostic refused(Error::refused, read_only ? "the server takes no writes: the ledger cannot be created"
                                                 : "role \"" + address.user + "\" may not create the ledger's schema \"" + identity.schema + "\"");
    refused.detail = why.message;
    refused.sqlstate = why.sqlstate;
    refused.hint = read_only ? std::string(read_only_hint)
                             : "once, as a superuser: GRANT CREATE ON DATABASE " + quote_identifier(address.dbname) + " TO " +
                                   quote_identifier(address.user) + "; or create the schema for it: CREATE SCHEMA " +
                                   quote_identifier(identity.schema) + " AUTHORIZATION " + quote_identifier(address.user);
    return refused;
}

// Another project's starter at the same moment.
bool is_raced(const std::string& state) {
    return state == "23505" || state == "42P06" || state == "42P07" || state == "42710" || state == "42723" || state == "XX000" || state == "40P01";
}

constexpr int most_races = 20;

}  // namespace

Task<Result<void>> create(pg::Connection& session, const Identity& identity, Deadline deadline) {
    for (int attempt = 0;; ++attempt) {
        // IF NOT EXISTS would ask for the right to create a schema even where it is there.
        const std::string look = "SELECT FROM pg_catalog.pg_namespace WHERE nspname = " + quote_literal(identity.schema);
        PGPRIMER_CO_TRY(const pg::Rows there, co_await session.query(look, deadline));
        auto made = co_await session.query(create_sql(identity, there.size() == 0), deadline);
        if (made) co_return Result<void>{};
        Diagnostic why = made.error();
        if (why.sqlstate == "42501" || why.sqlstate == "25006") co_return not_created(why, identity, session.address());
        if (!is_raced(why.sqlstate) || attempt == most_races) co_return why;
        if (auto waited = co_await sleep_for(std::chrono::milliseconds{20}, deadline); waited != Waited::ready) {
            co_return not_ready(waited, deadline, "the ledger could not be created in time");
        }
    }
}

Task<Result<void>> upgrade(pg::Connection& session, const Identity& identity, bool is_damaged, Deadline deadline) {
    for (int attempt = 0;; ++attempt) {
        auto made = co_await session.query(upgrade_sql(identity, is_damaged), deadline);
        if (made) co_return Result<void>{};
        Diagnostic why = made.error();
        [[maybe_unused]] const auto ended = co_await session.query("ROLLBACK; RESET client_min_messages", deadline.cleanup());
        if (!is_raced(why.sqlstate) || attempt == most_races) {
            why.message = "the ledger in schema \"" + identity.schema + "\" could not be brought to the layout of this version: " + why.message;
            if (why.sqlstate == "42501")
                why.hint = "run once as the owner of the ledger's tables; or give them to this role: ALTER TABLE ... OWNER TO " +
                           quote_identifier(session.address().user);
            co_return why;
        }
        if (auto waited = co_await sleep_for(std::chrono::milliseconds{20}, deadline); waited != Waited::ready) {
            co_return not_ready(waited, deadline, "the ledger could not be upgraded in time");
        }
    }
}

}  // namespace pgprimer::ledger
