#include "pgprimer/ledger/claim.hpp"

#include "pgprimer/base/text.hpp"

namespace pgprimer::ledger {
namespace {

std::string lit(const std::string& text) { return quote_literal(text); }

std::string call(const Identity& identity, const Run& run, const plan::Record& r, const std::string& expected, const std::string& schema) {
    const std::string key = std::to_string(work_key(identity));
    return quote_identifier(identity.schema) + ".claim(" + lit(identity.project) + ", " + std::to_string(run.epoch) + ", " + key + "::bigint, " +
           lit(r.key.step) + ", " + lit(r.key.item) + ", " + lit(r.key.unit) + ", " + lit(r.kind) + ", " + lit(plan::to_string(r.state)) + ", " +
           lit(r.checksum) + ", " + std::to_string(r.statement) + ", " + std::to_string(r.line) + ", " + lit(r.verb) + ", " + lit(r.prefix) + ", " +
           lit(r.error) + ", " + schema + ", " + lit(run.id) + ", " + lit(run.host) + ", " + lit(run.version) + ", " + lit(expected) + ")";
}

std::string enter_call(const Identity& identity, const Run& run) {
    return quote_identifier(identity.schema) + ".enter(" + lit(identity.project) + ", " + std::to_string(run.epoch) + ", " +
           std::to_string(work_key(identity)) + "::bigint)";
}

// PL/pgSQL statements as the login role; what SET ROLE and SET SESSION AUTHORIZATION held is put back after them.
std::string as_login(const std::string& statements) {
    const std::string tag = "$pgprimer_" + random_id().substr(0, 8) + "$";
    return "DO " + tag +
           " DECLARE v_role text := pg_catalog.current_setting('role'); v_user name := session_user; v_schema name := pg_catalog.current_schema(); "
           "BEGIN IF pg_catalog.current_setting('transaction_read_only') = 'on' THEN RETURN; END IF; "
           "SET LOCAL SESSION AUTHORIZATION DEFAULT; SET LOCAL ROLE NONE; " +
           statements +
           "IF session_user <> v_user THEN PERFORM pg_catalog.set_config('session_authorization', v_user, true); END IF; "
           "IF v_role <> 'none' THEN PERFORM pg_catalog.set_config('role', v_role, true); END IF; END " +
           tag;
}

}  // namespace

std::string expects_nothing() { return ""; }
std::string expects(const plan::Record& record) { return std::string(plan::to_string(record.state)) + " " + record.checksum; }
std::string expects_anything() { return "*"; }

std::string claim_sql(const Identity& identity, const Run& run, const plan::Record& record, const std::string& expected) {
    return "SELECT " + call(identity, run, record, expected, record.schema.empty() ? "pg_catalog.current_schema()" : lit(record.schema));
}

std::string progress_sql(const Identity& identity, const Run& run, const plan::Record& record) {
    return as_login("PERFORM " + call(identity, run, record, expects_anything(), record.schema.empty() ? "v_schema" : lit(record.schema)) + "; ");
}

std::string adopt_schemas_sql(const Identity& identity) {
    return "UPDATE " + quote_identifier(identity.schema) +
           ".unit u SET schema_oid = n.oid FROM pg_catalog.pg_namespace n WHERE u.schema_oid = 0 AND n.nspname = u.schema AND u.project = " +
           lit(identity.project);
}

std::string enter_sql(const Identity& identity, const Run& run) { return "SELECT " + enter_call(identity, run); }
std::string guard_sql(const Identity& identity, const Run& run) { return as_login("PERFORM " + enter_call(identity, run) + "; "); }

std::string hold_sql(const Identity& identity) { return "SELECT pg_catalog.pg_try_advisory_lock_shared(" + std::to_string(work_key(identity)) + ")"; }
std::string let_go_sql(const Identity& identity) {
    const std::string key = std::to_string(work_key(identity));
    // Not held any more where the statement was DISCARD ALL: the server would warn.
    return "SELECT pg_catalog.pg_advisory_unlock_shared(" + key +
           ") WHERE EXISTS (SELECT FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND pid = pg_catalog.pg_backend_pid() AND mode = 'ShareLock' AND "
           "objsubid = 1 AND (classid::bigint << 32) | objid::bigint = " +
           key + ")";
}

std::string error_sql(const Identity& identity, const Run& run, const plan::Key& key, const std::string& error) {
    const std::string s = quote_identifier(identity.schema);
    const std::string of_step = " WHERE project = " + lit(identity.project) + " AND step = " + lit(key.step) + " AND item = " + lit(key.item);
    return enter_sql(identity, run) + "; UPDATE " + s + ".unit SET error = " + lit(error) + of_step + " AND unit = " + lit(key.unit) +
           "; DELETE FROM " + s + ".step" + of_step;
}

bool is_overtaken(const std::string& sqlstate) { return sqlstate == "PGP01" || sqlstate == "PGP02"; }

std::string step_sql(const Identity& identity, const StepDigest& s) {
    const std::string schema = s.schema.empty() ? "coalesce(pg_catalog.current_schema(), '')" : lit(s.schema);
    return "INSERT INTO " + quote_identifier(identity.schema) +
           ".step (project, step, item, name, digest, signature, units, schema, schema_oid) SELECT " + lit(identity.project) + ", " + lit(s.step) +
           ", '', " + lit(s.name) + ", " + lit(s.digest) + ", " + lit(s.signature) + ", (SELECT count(*) FROM " + quote_identifier(identity.schema) +
           ".unit WHERE project = " + lit(identity.project) + " AND step = " + lit(s.step) +
           " AND item = '' AND state IN ('done', 'baseline')), x.schema, coalesce(n.oid, 0) FROM (SELECT " + schema +
           " AS schema) x LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = x.schema ON CONFLICT (project, step, item) DO UPDATE SET name = excluded.name, digest = "
           "excluded.digest, signature = excluded.signature, units = excluded.units, schema = excluded.schema, schema_oid = excluded.schema_oid, at = pg_catalog.clock_timestamp()";
}

std::string signature_sql(const Identity& identity, const std::string& step, const std::string& digest, const std::string& signature) {
    return "UPDATE " + quote_identifier(identity.schema) + ".step SET signature = " + lit(signature) + " WHERE project = " + lit(identity.project) +
           " AND step = " + lit(step) + " AND item = '' AND digest = " + lit(digest);
}

std::string timings_sql(const Identity& identity, const std::vector<Timing>& timings) {
    std::string values;
    for (const auto& [key, took] : timings) {
        values +=
            (values.empty() ? "(" : ", (") + lit(key.step) + ", " + lit(key.item) + ", " + lit(key.unit) + ", " + std::to_string(took) + "::float8)";
    }
    return "UPDATE " + quote_identifier(identity.schema) + ".unit u SET took = t.seconds * interval '1 second' FROM (VALUES " + values +
           ") t (step, item, unit, seconds) WHERE u.project = " + lit(identity.project) +
           " AND u.step = t.step AND u.item = t.item AND u.unit = t.unit";
}

std::string final_sql(const Identity& identity, const Run& run, const Final& final) {
    const std::string s = quote_identifier(identity.schema);
    std::string sql = "BEGIN; SET LOCAL synchronous_commit = on; " + enter_sql(identity, run) + "; ";
    sql += adopt_schemas_sql(identity) + "; ";
    for (const StepDigest& step : final.steps) sql += step_sql(identity, step) + "; ";
    if (!final.timings.empty()) sql += timings_sql(identity, final.timings) + "; ";
    sql +=
        "INSERT INTO " + s + ".primed (project, plan, run, host, version, took) VALUES (" + lit(identity.project) + ", " + lit(final.plan_id) + ", " +
        lit(run.id) + ", " + lit(run.host) + ", " + lit(run.version) + ", " + std::to_string(final.seconds) +
        " * interval '1 second') ON CONFLICT (project, plan) DO UPDATE SET run = excluded.run, at = pg_catalog.clock_timestamp(), host = excluded.host, "
        "version = excluded.version, took = excluded.took; ";
    if (!final.notify_channel.empty()) {
        sql +=
            "SELECT pg_catalog.pg_notify(" + lit(final.notify_channel) + ", " +
            lit("{\"project\":" + json_quote(identity.project) + ",\"plan\":" + json_quote(final.plan_id) + ",\"run\":" + json_quote(run.id) + "}") +
            "); ";
    }
    return sql + "COMMIT";
}

}  // namespace pgprimer::ledger
