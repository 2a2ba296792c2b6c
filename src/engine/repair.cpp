// Mends the ledger where it and the files, or the database, disagree: what it changes is shown first.
#include "pgprimer/plan/repair.hpp"

#include <algorithm>

#include "pgprimer/base/text.hpp"
#include "pgprimer/ledger/claim.hpp"
#include "pgprimer/ledger/schema.hpp"
#include "round.hpp"
#include "session.hpp"

namespace pgprimer::engine {
namespace {

using Kind = RepairRequest::Kind;

std::string of_step(const std::string& project, const std::string& step) {
    return " WHERE project = " + quote_literal(project) + " AND step = " + quote_literal(step);
}

Diagnostic no_such_step(const std::string& name, const config::Config& config, const std::set<std::string>& recorded) {
    std::vector<std::string> ids(recorded.begin(), recorded.end());
    for (const auto& step : config.steps) {
        if (!recorded.contains(step.id)) ids.push_back(step.id);
    }
    Diagnostic unknown(Error::usage, "there is no step \"" + name + "\", neither in the configuration nor in the ledger");
    const auto near = nearest(name, ids);
    return std::move(unknown).with_hint(near ? "did you mean \"" + *near + "\"?" : "the steps are: " + join(ids, ", "));
}

std::set<std::string> recorded_steps(const ledger::Snapshot& snapshot) {
    std::set<std::string> out;
    for (const auto& [id, records] : snapshot.units) {
        if (!records.empty()) out.insert(id);
    }
    return out;
}

// Which of the ledger's tables are gone.
std::string missing_tables_sql(const std::string& schema) {
    return "SELECT t FROM (VALUES ('ledger'), ('project'), ('unit'), ('step'), ('primed')) x (t) WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN "
           "pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = " +
           quote_literal(schema) + " AND c.relname = t)";
}

}  // namespace

Result<std::vector<Round::Mending>> Round::mend_units(const RepairRequest& wanted, const std::string& step_id, const Site& site) {
    plan::Facts facts;
    facts.records = plan::Many<plan::Record>::of(site.snapshot.records(step_id));
    const config::Step* step = config_.step(step_id);
    if (step != nullptr && step->enabled) {
        facts.units = plan::Many<plan::Unit>::of(looks_.at(step->id).units);
        facts.versions = plan::Many<migration::Version>::of(looks_.at(step->id).versions);
    } else if (step != nullptr && (wanted.mend == plan::Mend::forget || wanted.mend == plan::Mend::accept)) {
        return std::vector<Mending>{};  // its files are not looked at
    }
    PGPRIMER_TRY(const auto changes, plan::mend(wanted.mend, step_id, wanted.units, facts));
    const ledger::Identity identity{config_.ledger_schema, config_.project};
    const std::string s = quote_identifier(config_.ledger_schema);
    std::vector<Mending> out;
    for (const auto& change : changes) {
        std::string sql;
        if (change.becomes && plan::counts_as_applied(change.was.state)) {  // when and by whom it was applied stays
            sql = "UPDATE " + s + ".unit SET checksum = " + quote_literal(change.becomes->checksum) + ", error = ''" +
                  of_step(config_.project, step_id) + " AND item = " + quote_literal(change.was.key.item) +
                  " AND unit = " + quote_literal(change.was.key.unit) + "; ";
        } else if (change.becomes) {
            sql = ledger::claim_sql(identity, site.run, *change.becomes, ledger::expects(change.was)) + "; ";
        } else {
            sql = "DELETE FROM " + s + ".unit" + of_step(config_.project, step_id) + " AND item = " + quote_literal(change.was.key.item) +
                  " AND unit = " + quote_literal(change.was.key.unit) + "; DELETE FROM " + s + ".step" + of_step(config_.project, step_id) + "; ";
        }
        out.push_back({change.text, std::move(sql)});
    }
    return out;
}

Result<std::vector<Round::Mending>> Round::rename_step(const RepairRequest& wanted, const Site& site) {
    const config::Step* to = config_.step(wanted.to);
    const auto recorded = recorded_steps(site.snapshot);
    if (to == nullptr) return no_such_step(wanted.to, config_, {});
    if (!recorded.contains(wanted.from)) {
        if (recorded.contains(to->id) && config_.step(wanted.from) == nullptr) return std::vector<Mending>{};  // done already
        return no_such_step(wanted.from, config_, recorded);
    }
    if (config_.step(wanted.from) != nullptr)
        return Diagnostic(Error::usage, "step \"" + wanted.from + "\" is still in the configuration: its rows stay its own");
    const auto& records = site.snapshot.records(wanted.from);
    for (const auto& record : site.snapshot.records(to->id)) {
        if (std::ranges::any_of(records, [&record](const auto& other) { return other.key.unit == record.key.unit; }))
            return Diagnostic(Error::usage,
                              "both steps, \"" + wanted.from + "\" and \"" + to->id + "\", have a row of unit \"" + record.key.unit + "\"")
                .with_hint("forget one of them: " + plan::repair_command(plan::Mend::forget, {wanted.from, "", record.key.unit}));
    }
    const std::string s = quote_identifier(config_.ledger_schema);
    const std::string old = of_step(config_.project, wanted.from);
    std::string sql = "DELETE FROM " + s + ".step" + of_step(config_.project, to->id) + "; UPDATE " + s +
                      ".step SET step = " + quote_literal(to->id) + ", name = " + quote_literal(to->name) + old + "; UPDATE " + s +
                      ".unit SET step = " + quote_literal(to->id) + old + "; ";
    return std::vector<Mending>{
        {"the rows of step " + wanted.from + " (" + std::to_string(records.size()) + ") become those of step " + to->id, std::move(sql)}};
}

Result<std::vector<Round::Mending>> Round::mendings(const RepairRequest& wanted, const Site& site) {
    if (wanted.kind == Kind::rename) return rename_step(wanted, site);
    std::vector<Mending> out;
    if (wanted.kind == Kind::units) {
        const config::Step* named = config_.step(wanted.step);
        const std::string step_id = named != nullptr ? named->id : wanted.step;
        const auto recorded = recorded_steps(site.snapshot);
        if (!step_id.empty()) {
            if (named == nullptr && !recorded.contains(step_id)) return no_such_step(wanted.step, config_, recorded);
            return mend_units(wanted, step_id, site);
        }
        for (const auto& id : recorded) {
            // Of a step that is gone nobody complains: its rows are forgotten only where it is named.
            if (config_.step(id) == nullptr && wanted.mend != plan::Mend::mark_done && wanted.mend != plan::Mend::mark_not_done) continue;
            PGPRIMER_TRY(auto more, mend_units(wanted, id, site));
            std::ranges::move(more, std::back_inserter(out));
        }
        return out;
    }
    // The schema's rows: with the OID that it has now.
    std::size_t rows = 0;
    std::uint32_t now = 0;
    for (const plan::Record* record : site.snapshot.records()) {
        const plan::Record& r = *record;
        if (r.schema != wanted.schema || r.schema_oid == 0 || r.schema_oid == r.schema_oid_now) continue;
        now = r.schema_oid_now;
        ++rows;
    }
    if (rows == 0) return out;
    if (now == 0)
        return Diagnostic(Error::usage, "schema \"" + wanted.schema + "\" is gone: its units run again by themselves")
            .with_hint("create it first, if its content is to be kept");
    std::string sql;
    for (const char* table : {"unit", "step"})
        sql += "UPDATE " + quote_identifier(config_.ledger_schema) + "." + table + " SET schema_oid = " + std::to_string(now) +
               " WHERE project = " + quote_literal(config_.project) + " AND schema = " + quote_literal(wanted.schema) + "; ";
    out.push_back({"schema " + wanted.schema + " as it is now is what its rows say (" + std::to_string(rows) +
                       "): what they record as applied there is not run again",
                   std::move(sql)});
    return out;
}

Task<Result<std::vector<Round::Mending>>> Round::look_mendings(const RepairRequest& wanted, Site& site, pg::Connection& session) {
    const ledger::Identity identity{config_.ledger_schema, config_.project};
    if (wanted.kind != Kind::ledger) {
        PGPRIMER_CO_CHECK(co_await read_rows(site, session));
        co_return mendings(wanted, site);
    }
    PGPRIMER_CO_TRY(const pg::Rows missing, co_await session.query(missing_tables_sql(config_.ledger_schema), working()));
    std::string gone;
    bool units_gone = false;
    for (int i = 0; i < missing.size(); ++i) {
        gone += (i > 0 ? ", " : "") + std::string(missing.at(i, 0));
        units_gone |= missing.at(i, 0) == "unit";
    }
    std::vector<Mending> out{{"what is missing of the ledger in schema " + config_.ledger_schema + " is made again" +
                                  (gone.empty() ? std::string() : ", empty: " + gone) + "; what is there stays",
                              ""}};
    if (units_gone) {
        // Then nothing says what was applied, so this database is met as one that pgprimer does not know.
        const std::string s = quote_identifier(config_.ledger_schema);
        out.push_back({"what was applied is not known any more: if there are tables, the next run asks for pgprimer baseline",
                       "TRUNCATE " + s + ".primed, " + s + ".step; UPDATE " + s + ".project SET contact = 'filled'; "});
    }
    co_return out;
}

Task<Result<void>> Round::carry_out(std::vector<Mending> mendings, Site& site, pg::Connection& session) {
    std::string sql = "BEGIN; SET LOCAL synchronous_commit = on; " + ledger::enter_sql({config_.ledger_schema, config_.project}, site.run) + "; ";
    for (const auto& mending : mendings) sql += mending.sql;
    sql += "COMMIT";
    auto done = co_await session.query(std::move(sql), working());
    if (!done) co_return ledger::not_written(done.error(), {config_.ledger_schema, config_.project}, session.address());
    co_return Result<void>{};
}

Task<Result<std::vector<std::string>>> Round::repair(const RepairRequest& wanted, const std::vector<std::string>* shown) {
    if (wanted.kind == Kind::units) PGPRIMER_CO_CHECK(looks_.read());
    const ledger::Identity identity{config_.ledger_schema, config_.project};
    event::Bus& bus = *world_.bus;
    std::vector<std::string> texts;
    const config::Step* only = config_.step(wanted.kind == Kind::rename ? wanted.to : wanted.step);
    for (auto& site : sites_) {
        if (only != nullptr && site.get() != &site_of(*only)) continue;
        // Not as a role that a step has yet to make.
        const auto made = std::ranges::find_if(site->targets, [](const auto* target) { return !target->after; });
        const config::Target& target = made != site->targets.end() ? **made : site->first();
        PGPRIMER_CO_TRY(pg::Probed probed, co_await open_target(target, world_, true, true, waiting()));
        pg::Connection session = std::move(probed.connection);
        std::string name = "SELECT pg_catalog.set_config('application_name', " +
                           quote_literal("pgprimer lock of repair " + run_id_ + " on " + world_.host) + ", false)";
        PGPRIMER_CO_TRY(const pg::Rows named, co_await session.query(std::move(name), working()));
        const std::string prefix = sites_.size() > 1 ? site->first().display() + ": " : "";
        if (shown == nullptr) {
            PGPRIMER_CO_TRY(const auto found, co_await look_mendings(wanted, *site, session));
            for (const auto& one : found) texts.push_back(prefix + one.text);
            continue;
        }
        ledger::Lock lock(std::move(session), identity, {});
        ledger::OnLockWait on_wait = [&bus](const std::string& text, SteadyClock::duration waited) { bus.publish(event::LockWaiting{text, waited}); };
        PGPRIMER_CO_CHECK(co_await lock.acquire(run_id_, on_wait, Deadline::after(config_.lock_wait, &stop_)));
        pg::Connection& holder = lock.session();
        site->run = {run_id_, 0, world_.host, world_.version};
        PGPRIMER_CO_TRY(auto found, co_await look_mendings(wanted, *site, holder));
        const auto is_shown = [&](const Mending& one) { return std::ranges::find(*shown, prefix + one.text) != shown->end(); };
        if (!std::ranges::all_of(found, is_shown))
            co_return Diagnostic(Error::disagreement, "the ledger has changed since it was shown; nothing was done")
                .with_hint("run the command again");
        if (found.empty()) continue;
        if (wanted.kind == Kind::ledger) {
            auto mended = co_await ledger::upgrade(holder, identity, true, working());
            if (!mended && mended.error().sqlstate != "3F000") co_return mended.error();
            if (!mended) PGPRIMER_CO_CHECK(co_await ledger::create(holder, identity, working()));  // the schema itself is gone
            PGPRIMER_CO_CHECK(co_await read_rows(*site, holder));
        }
        const std::string contact = site->snapshot.epoch ? site->snapshot.contact : "filled";
        PGPRIMER_CO_TRY(site->run.epoch, co_await lock.begin_epoch(contact, working()));
        if (wanted.kind == Kind::units) { PGPRIMER_CO_TRY(found, mendings(wanted, *site)); }  // with that epoch
        for (const auto& one : found) texts.push_back(prefix + one.text);
        PGPRIMER_CO_CHECK(co_await carry_out(std::move(found), *site, holder));
    }
    co_return texts;
}

}  // namespace pgprimer::engine
