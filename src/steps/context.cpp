#include "pgprimer/steps/context.hpp"

#include "pgprimer/base/text.hpp"

namespace pgprimer::steps {

pg::Address address_of(const config::Target& target) {
    pg::Address address;
    address.hosts = target.hosts.value;
    address.ports = target.ports.value;
    address.user = target.user.value;
    address.dbname = target.dbname.value;
    address.password = target.password.value;
    address.parameters = target.parameters;
    return address;
}

std::string default_lock_timeout() { return std::to_string(config::migrations_lock_timeout.count()) + "ms"; }

std::string own_session_sql(const pg::Connection& session) {
    std::string sql =
        "SELECT pg_catalog.set_config(name, '0', false) FROM (VALUES ('statement_timeout'), ('lock_timeout'), "
        "('idle_in_transaction_session_timeout')";
    if (session.server_version() >= 140000) sql += ", ('idle_session_timeout')";
    return sql + ") AS v (name)";
}

std::vector<std::string> session_sql(const pg::Connection& session, const config::Step& step, const Context& context) {
    // DISCARD ALL by its parts: the whole of it is refused beside other statements. Not DISCARD PLANS: cached plans hold no state, and without them
    // the ledger's functions are planned anew for each unit, a tenth of the server's work.
    std::vector<std::string> out{"SET SESSION AUTHORIZATION DEFAULT",          "RESET ALL",    "DEALLOCATE ALL",   "CLOSE ALL", "UNLISTEN *",
                                 "SELECT pg_catalog.pg_advisory_unlock_all()", "DISCARD TEMP", "DISCARD SEQUENCES"};
    std::string sql = "SELECT 1";
    const auto set = [&sql](const char* name, const std::string& value) {
        sql += std::string(", pg_catalog.set_config('") + name + "', " + quote_literal(value) + ", false)";
    };
    set("application_name", ledger::session_name(context.run.id, step.id));
    set("synchronous_commit", "off");  // durable with the final row
    if (session.server_version() >= 140000) {
        set("client_connection_check_interval", "2s");  // a killed client's statement ends soon
        set("idle_session_timeout", "0");
    }
    // It is idle in a transaction while a file is read, and while a program of the script runs, however long that takes. Where pgprimer is frozen or
    // its machine gone, its locks must not stay: the server ends it, and what it did is rolled back.
    const auto* script = std::get_if<config::Sql>(&step.kind);
    set("idle_in_transaction_session_timeout", script != nullptr && script->programs ? "0" : "1min");
    if (session.server_version() >= 170000) set("transaction_timeout", "0");  // the transaction is ours, not the script's
    if (step.lock_timeout) set("lock_timeout", std::to_string(step.lock_timeout->count()) + "ms");
    // What the role, the database or the server has by default was chosen by somebody, and counts.
    if (config::takes_default_lock_timeout(step)) {
        sql += ", pg_catalog.set_config('lock_timeout', CASE pg_catalog.current_setting('lock_timeout') WHEN '0' THEN " +
               quote_literal(default_lock_timeout()) + " ELSE pg_catalog.current_setting('lock_timeout') END, false)";
    }
    if (step.statement_timeout) set("statement_timeout", std::to_string(step.statement_timeout->count()) + "ms");
    const auto& target = context.config->target(step.target);
    const auto& path = step.search_path.empty() ? target.search_path : step.search_path;
    if (!path.empty()) {
        std::string joined;
        for (const auto& schema : path) joined += (joined.empty() ? "" : ", ") + quote_identifier(schema);
        set("search_path", joined);
    }
    out.push_back(std::move(sql));
    return out;
}

Task<Result<void>> prepare_session(pg::Connection& session, const config::Step& step, const Context& context, Deadline deadline) {
    const auto statements = session_sql(session, step, context);
    auto done = co_await session.query(join(statements, "; "), deadline);
    if (!done) co_return done.error();
    co_return Result<void>{};
}

Diagnostic not_that_role(Diagnostic why, const config::Step& step, const pg::Connection& session) {
    why.message = "set_role: " + why.message;
    why.place = step.place;
    why.server_position = 0;
    if (why.sqlstate == "42501")
        why.hint = "as a superuser: GRANT " + quote_identifier(*step.set_role) + " TO " + quote_identifier(session.address().user);
    return why;
}

Task<Result<void>> prepare_as_role(pg::Connection& session, const config::Step& step, const Context& context, Deadline deadline) {
    PGPRIMER_CO_CHECK(co_await prepare_session(session, step, context, deadline));
    if (!step.set_role) co_return Result<void>{};
    std::string sql = "SET ROLE " + quote_identifier(*step.set_role);
    auto done = co_await session.query(std::move(sql), deadline);
    if (done) co_return Result<void>{};
    if (done.error().error != Error::failed) co_return done.error();
    co_return not_that_role(done.error(), step, session);
}

}  // namespace pgprimer::steps
