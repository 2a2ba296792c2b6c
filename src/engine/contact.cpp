// Careful with databases that were there before the ledger, and with schemas that are no longer the ones that the rows were written for.
#include <algorithm>

#include "pgprimer/base/text.hpp"
#include "pgprimer/ledger/claim.hpp"
#include "pgprimer/steps/catalog.hpp"
#include "round.hpp"

namespace pgprimer::engine {
namespace {

std::string units_of(const std::string& count) { return count == "1" ? "1 unit was" : count + " units were"; }

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

Task<Result<void>> Round::compare_schemas(Site& site) {
    const ledger::Identity identity{config_.ledger_schema, config_.project};
    const std::string s = quote_identifier(config_.ledger_schema), project = quote_literal(config_.project);
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
    }
    // Of all projects: whoever comes first after a reset fills the schema, and the others' rows are as void as its own.
    const std::string moved_sql = "SELECT u.schema, coalesce(n.oid, 0)::text, count(*) FILTER (WHERE u.project = " + project + ")::text FROM " + s +
                                  ".unit u LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = u.schema WHERE u.schema <> '' AND u.schema_oid NOT IN "
                                  "(0, coalesce(n.oid, 0)) GROUP BY 1, 2 ORDER BY 1";
    PGPRIMER_CO_TRY(const pg::Rows moved, co_await site.ledger->query(std::string(moved_sql), working()));
    for (int i = 0; i < moved.size(); ++i) {
        const std::string schema(moved.at(i, 0)), now(moved.at(i, 1));
        std::string ours(moved.at(i, 2));
        if (now != "0") {
            const std::string look =
                "SELECT c.relname FROM pg_catalog.pg_class c WHERE c.relnamespace = " + now +
                " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') LIMIT 1";
            PGPRIMER_CO_TRY(const pg::Rows found, co_await site.ledger->query(std::string(look), working()));
            if (found.size() > 0) {
                // Filled by another project's run that has just voided our rows?
                PGPRIMER_CO_TRY(const pg::Rows still, co_await site.ledger->query(std::string(moved_sql), working()));
                ours = "0";
                for (int k = 0; k < still.size(); ++k) {
                    if (still.at(k, 0) == schema) ours = still.at(k, 2);
                }
                if (ours == "0") continue;
                co_return Diagnostic(Error::disagreement, "schema \"" + schema + "\" was dropped and made again since " + units_of(ours) +
                                                              " applied to it, and it is not empty (" + std::string(found.at(0, 0)) + ")")
                    .with_hint(
                        "empty it and run again: all of its units then run anew; or record what is there: pgprimer baseline --step STEP --all");
            }
        }
        if (ours != "0") {
            world_.bus->publish(event::Message{event::Level::warning,
                                               "schema \"" + schema + "\" was dropped" + (now != "0" ? " and made again" : "") + " since " +
                                                   units_of(ours) + " applied to it: " + (ours == "1" ? "it runs again" : "they run again"),
                                               ""});
        }
        std::string sql = "BEGIN; ";
        for (const char* table : {"unit", "step"})
            sql += "DELETE FROM " + s + "." + table + " WHERE schema = " + quote_literal(schema) + " AND schema_oid <> " + now + "; ";
        sql += "COMMIT";
        PGPRIMER_CO_TRY(const pg::Rows done, co_await site.ledger->query(std::move(sql), working()));
    }
    const bool made_since = std::ranges::any_of(
        site.snapshot.units, [](const auto& unit) { return !unit.record.schema.empty() && unit.record.schema_oid == 0 && unit.schema_oid_now != 0; });
    if (made_since) { PGPRIMER_CO_TRY(const pg::Rows done, co_await site.ledger->query(ledger::adopt_schemas_sql(identity), working())); }
    if (site.snapshot.restored || moved.size() > 0) {
        PGPRIMER_CO_TRY(site.snapshot, co_await ledger::read(*site.ledger, identity, true, working()));
    }
    co_return Result<void>{};
}

Task<Result<bool>> Round::follow_schemas(const config::Step& step, const std::set<std::string>& now_done, Site& site) {
    const ledger::Identity identity{config_.ledger_schema, config_.project};
    const std::string s = quote_identifier(config_.ledger_schema), project = quote_literal(config_.project);
    PGPRIMER_CO_TRY(site.snapshot, co_await ledger::read(*site.ledger, identity, true, working()));
    std::set<std::string> before;
    for (const auto& other : config_.steps) {
        if (other.id == step.id) break;
        before.insert(other.id);
    }
    std::string sql;
    bool any_void = false;
    for (const auto& unit : site.snapshot.units) {
        const auto& r = unit.record;
        if (r.schema.empty() || r.schema_oid == 0 || r.schema_oid == unit.schema_oid_now) continue;
        const std::string of_step =
            " WHERE project = " + project + " AND step = " + quote_literal(r.key.step) + " AND item = " + quote_literal(r.key.item);
        const std::string of_unit = of_step + " AND unit = " + quote_literal(r.key.unit) + "; ";
        const bool stays = before.contains(r.key.step) || (r.key.step == step.id && now_done.contains(r.key.unit));
        if (stays) {
            sql += "UPDATE " + s + ".unit SET schema_oid = " + std::to_string(unit.schema_oid_now) + of_unit;
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
    PGPRIMER_CO_TRY(site.snapshot, co_await ledger::read(*site.ledger, identity, true, working()));
    co_return any_void;
}

}  // namespace pgprimer::engine
