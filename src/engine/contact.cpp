// Careful with databases that were there before the ledger, and with schemas that are no longer the ones that the rows were written for.
#include <algorithm>

#include "pgprimer/base/text.hpp"
#include "pgprimer/ledger/claim.hpp"
#include "pgprimer/steps/catalog.hpp"
#include "round.hpp"

namespace pgprimer::engine {
namespace {

std::string count_of(std::size_t count, const std::string& thing) { return std::to_string(count) + " " + thing + (count == 1 ? "" : "s"); }

}  // namespace

// Until the first final row: what the project row is to say, or why the plan must not begin here.
Task<Result<std::string>> Round::first_contact(Site& site, pg::Connection& session) {
    if (site.snapshot.any_final) co_return std::string("known");
    if (site.snapshot.epoch && site.snapshot.contact != "filled" && site.snapshot.contact != "baseline") co_return site.snapshot.contact;
    std::string sql = steps::user_tables_sql(config_.ledger_schema);
    PGPRIMER_CO_TRY(const pg::Rows tables,
                    co_await session.query("SELECT schema, name FROM (" + sql + ") t ORDER BY schema, name LIMIT 4", working()));
    if (tables.size() == 0) co_return std::string("empty");
    for (const auto& step : config_.steps) {
        if (!step.enabled || !is_wanted(step) || &site_of(step) != &site) continue;
        const auto* scripts = std::get_if<config::Sql>(&step.kind);
        const bool matters = std::holds_alternative<config::Migrations>(step.kind) || (scripts != nullptr && scripts->rerun == config::Rerun::once);
        if (!matters || !site.snapshot.records(step.id).empty()) continue;
        std::string seen;
        for (int i = 0; i < tables.size() && i < 3; ++i)
            seen += (i > 0 ? ", " : "") + std::string(tables.at(i, 0)) + "." + std::string(tables.at(i, 1));
        if (tables.size() > 3) seen += ", ...";
        Diagnostic careful(Error::disagreement, "database \"" + session.address().dbname +
                                                    "\" is not empty, and no plan of pgprimer has ended well here: step \"" + step.name +
                                                    "\" would run from its beginning; nothing was changed");
        careful.place = step.place;
        careful.step = step.name;
        careful.detail = "tables found: " + seen;
        careful.hint =
            "if its files have been applied already, record them: pgprimer baseline --step " + step.id +
            " --all (or --to VERSION); if the step is new, run once without it (enabled = false); if the database was meant to be empty, this is the wrong one: " +
            site.first().sources();
        co_return careful;
    }
    co_return std::string(site.snapshot.contact == "baseline" ? "baseline" : "filled");
}

// Schemas that are no longer the ones that rows were written for: gone, or made again and empty. One that is not empty is for people to look at.
Task<Result<std::map<std::string, MovedSchema>>> Round::moved_schemas(const Site& site, pg::Connection& session) {
    std::map<std::string, MovedSchema> moved;
    for (const plan::Record* record : site.snapshot.records()) {
        const plan::Record& r = *record;
        if (r.schema.empty() || r.schema_oid == 0 || r.schema_oid == r.schema_oid_now) continue;
        if (site.snapshot.restored && r.schema_oid_now != 0) continue;  // all have other OIDs there; a schema that is gone is gone
        MovedSchema& schema = moved[r.schema];
        schema.now = r.schema_oid_now;
        ++schema.rows;
        const config::Step* step = config_.step(r.key.step);
        if (step != nullptr && !steps::looks_itself(*step) && !std::holds_alternative<config::Flush>(step->kind)) schema.steps.insert(step->id);
    }
    for (const auto& [name, schema] : moved) {
        if (schema.now == 0 || schema.steps.empty()) continue;
        const std::string look =
            "SELECT c.relname FROM pg_catalog.pg_class c WHERE c.relnamespace = " + std::to_string(schema.now) +
            " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') LIMIT 1";
        PGPRIMER_CO_TRY(const pg::Rows found, co_await session.query(look, working()));
        if (found.size() == 0) continue;
        // Filled by another project's run that has just voided our rows?
        const std::string still = "SELECT FROM " + quote_identifier(config_.ledger_schema) +
                                  ".unit WHERE project = " + quote_literal(config_.project) + " AND schema = " + quote_literal(name) +
                                  " AND schema_oid NOT IN (0, " + std::to_string(schema.now) + ") LIMIT 1";
        PGPRIMER_CO_TRY(const pg::Rows rows, co_await session.query(still, working()));
        if (rows.size() == 0) continue;
        co_return Diagnostic(Error::disagreement, "schema \"" + name + "\" was dropped and made again since " + count_of(schema.rows, "unit") +
                                                      " ran in it, and it is not empty (" + std::string(found.at(0, 0)) + ")")
            .with_hint("if what is in it now is what they made (restored from a dump, for one): pgprimer repair --schema " + shell_word(name) +
                       "; if not, drop it and create it again: all of its units then run anew");
    }
    co_return moved;
}

std::string MovedSchema::told(const std::string& name) const {
    return "schema \"" + name + "\" was dropped" + (now != 0 ? " and made again" : "") + " since " + count_of(rows, "unit") +
           " ran in it: " + (rows == 1 ? "it runs again" : "they run again");
}

Task<Result<void>> Round::compare_schemas(Site& site) {
    const ledger::Identity identity{config_.ledger_schema, config_.project};
    const std::string s = quote_identifier(config_.ledger_schema);
    if (site.snapshot.restored) {
        std::string sql = "BEGIN; ";
        for (const char* table : {"unit", "step"}) {
            sql += "UPDATE " + s + "." + table + " t SET schema_oid = n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = t.schema; ";
        }
        sql += "UPDATE " + s + ".ledger SET schema_oid = " + quote_literal(s) + "::regnamespace; COMMIT";
        PGPRIMER_CO_TRY(const pg::Rows done, co_await site.ledger->query(std::move(sql), working()));
        world_.bus->publish(
            event::Message{event::Level::warning,
                           "the database was restored or upgraded: the ledger's schema has another OID than it was made with; its rows count", ""});
        PGPRIMER_CO_CHECK(co_await read_rows(site, *site.ledger));
    }
    // Of all projects: whoever comes first after a reset fills the schema, and the others' rows are as void as its own.
    PGPRIMER_CO_TRY(const auto moved, co_await moved_schemas(site, *site.ledger));
    for (const auto& [schema, what] : moved) {
        world_.bus->publish(event::Message{event::Level::warning, what.told(schema), ""});
        std::string sql = "BEGIN; ";
        for (const char* table : {"unit", "step"})
            sql += "DELETE FROM " + s + "." + table + " WHERE schema = " + quote_literal(schema) + " AND schema_oid <> " + std::to_string(what.now) +
                   "; ";
        sql += "COMMIT";
        PGPRIMER_CO_TRY(const pg::Rows done, co_await site.ledger->query(std::move(sql), working()));
    }
    const bool made_since = std::ranges::any_of(site.snapshot.records(),
                                                [](const auto* r) { return !r->schema.empty() && r->schema_oid == 0 && r->schema_oid_now != 0; });
    if (made_since) { PGPRIMER_CO_TRY(const pg::Rows done, co_await site.ledger->query(ledger::adopt_schemas_sql(identity), working())); }
    if (made_since || !moved.empty()) PGPRIMER_CO_CHECK(co_await read_rows(site, *site.ledger));
    co_return Result<void>{};
}

Task<Result<bool>> Round::follow_schemas(const config::Step& step, const std::set<std::string>& now_done, Site& site) {
    const ledger::Identity identity{config_.ledger_schema, config_.project};
    const std::string s = quote_identifier(config_.ledger_schema), project = quote_literal(config_.project);
    const std::string any = "SELECT FROM " + s + ".unit u LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = u.schema WHERE project = " + project +
                            " AND schema <> '' AND schema_oid <> 0 AND schema_oid <> coalesce(n.oid, 0) LIMIT 1";
    PGPRIMER_CO_TRY(const pg::Rows found, co_await site.ledger->query(any, working()));
    if (found.size() == 0) co_return false;  // as nearly always: thousands of rows are not read for it
    PGPRIMER_CO_CHECK(co_await read_rows(site, *site.ledger));
    std::set<std::string> before;
    for (const auto& other : config_.steps) {
        if (other.id == step.id) break;
        before.insert(other.id);
    }
    std::string sql;
    bool any_void = false;
    for (const plan::Record* record : site.snapshot.records()) {
        const plan::Record& r = *record;
        if (r.schema.empty() || r.schema_oid == 0 || r.schema_oid == r.schema_oid_now) continue;
        const std::string of_step =
            " WHERE project = " + project + " AND step = " + quote_literal(r.key.step) + " AND item = " + quote_literal(r.key.item);
        const std::string of_unit = of_step + " AND unit = " + quote_literal(r.key.unit) + "; ";
        const bool stays = before.contains(r.key.step) || (r.key.step == step.id && now_done.contains(r.key.unit));
        if (stays) {
            sql += "UPDATE " + s + ".unit SET schema_oid = " + std::to_string(r.schema_oid_now) + of_unit;
            continue;
        }
        any_void = true;
        sql += "DELETE FROM " + s + ".unit" + of_unit + "DELETE FROM " + s + ".step" + of_step + "; ";
        world_.bus->publish(event::Message{
            event::Level::warning,
            "step \"" + step.name + "\" dropped schema \"" + r.schema + "\": " + r.key.unit + " of \"" + r.key.step + "\" runs again", step.name});
    }
    if (sql.empty()) co_return false;
    sql = "BEGIN; " + sql + "COMMIT";
    PGPRIMER_CO_TRY(const pg::Rows done, co_await site.ledger->query(std::move(sql), working()));
    PGPRIMER_CO_CHECK(co_await read_rows(site, *site.ledger));
    co_return any_void;
}

}  // namespace pgprimer::engine
