// Adopts what is there: units recorded as applied without running them.
#include <algorithm>

#include "pgprimer/base/text.hpp"
#include "pgprimer/ledger/claim.hpp"
#include "pgprimer/ledger/schema.hpp"
#include "round.hpp"
#include "session.hpp"

namespace pgprimer::engine {
namespace {

struct Candidate {
    std::string unit, shown, checksum;
    std::string version;  // migration::same_key()
};

std::vector<Candidate> candidates(const config::Step& step, const steps::Looked& looked) {
    std::vector<Candidate> out;
    for (const auto& unit : looked.units) out.push_back({unit.name, unit.shown, unit.checksum, ""});
    for (const auto& version : looked.versions) out.push_back({version.id, version.up.name, version.checksum, migration::same_key(version)});
    if (std::holds_alternative<config::Flush>(step.kind)) out.clear();
    return out;
}

// The units that the request names.
Result<std::vector<Candidate>> chosen(const config::Step& step, const steps::Looked& looked, const BaselineRequest& wanted) {
    const auto all = candidates(step, looked);
    if (all.empty())
        return Diagnostic(Error::usage, "step \"" + step.name + "\" has no units to record")
            .with_hint("it is of kind " + std::string(config::kind_name(step.kind)));
    if (wanted.all) return all;
    std::vector<Candidate> out;
    if (!wanted.to.empty()) {
        for (const auto& version : looked.versions) {
            if (version.repeatable) continue;
            out.push_back({version.id, version.up.name, version.checksum, migration::same_key(version)});
            if (migration::is_called(version, wanted.to)) return out;
        }
        std::vector<std::string> versions;
        for (const auto& candidate : out) versions.push_back(candidate.unit);
        Diagnostic unknown(Error::usage, "step \"" + step.name + "\" has no version \"" + wanted.to + "\"");
        const auto near = nearest(wanted.to, versions);
        unknown.hint = near               ? "did you mean \"" + *near + "\"?"
                       : versions.empty() ? "it has no migrations"
                                          : "its versions are " + versions.front() + " to " + versions.back();
        return unknown;
    }
    for (const auto& name : wanted.units) {
        const auto version = std::ranges::find_if(looked.versions, [&name](const auto& v) { return migration::is_called(v, name); });
        const std::string& unit = version == looked.versions.end() ? name : version->id;
        const auto found = std::ranges::find_if(all, [&unit](const Candidate& c) { return c.unit == unit || c.shown == unit; });
        if (found == all.end()) {
            std::vector<std::string> names;
            for (const auto& c : all) names.push_back(c.unit);
            Diagnostic unknown(Error::usage, "step \"" + step.name + "\" has no unit \"" + name + "\"");
            const auto near = nearest(name, names);
            unknown.hint = near            ? "did you mean \"" + *near + "\"?"
                           : names.empty() ? "it has none"
                                           : "its units begin with \"" + names.front() + "\"";
            return unknown;
        }
        out.push_back(*found);
    }
    return out;
}

}  // namespace

Task<Result<std::vector<std::string>>> Round::baseline(const BaselineRequest& wanted) {
    const config::Step* step = config_.step(wanted.step);
    if (step == nullptr) {
        std::vector<std::string> ids;
        for (const auto& s : config_.steps) ids.push_back(s.id);
        Diagnostic unknown(Error::usage, "there is no step \"" + wanted.step + "\"");
        const auto near = nearest(wanted.step, ids);
        unknown.hint = near ? "did you mean \"" + *near + "\"?" : "the steps are: " + join(ids, ", ");
        co_return unknown;
    }
    PGPRIMER_CO_CHECK(looks_.read());
    PGPRIMER_CO_TRY(auto units, chosen(*step, looks_.at(step->id), wanted));
    Site& site = site_of(*step);
    const ledger::Identity identity{config_.ledger_schema, config_.project};
    PGPRIMER_CO_TRY(pg::Probed probed, co_await open_target(config_.target(step->target), world_, false, true, waiting()));
    PGPRIMER_CO_CHECK(co_await steps::prepare_session(probed.connection, *step, context(site), working()));
    ledger::Lock lock(std::move(probed.connection), identity, {});
    event::Bus& bus = *world_.bus;
    ledger::OnLockWait on_wait = [&bus](const std::string& text, SteadyClock::duration waited) { bus.publish(event::LockWaiting{text, waited}); };
    PGPRIMER_CO_CHECK(co_await lock.acquire(run_id_, on_wait, Deadline::after(config_.lock_wait, &stop_)));
    pg::Connection& session = lock.session();
    PGPRIMER_CO_TRY(ledger::Snapshot snapshot, co_await ledger::read(session, identity, ledger::Units::records, working()));
    if (!snapshot.exists) PGPRIMER_CO_CHECK(co_await ledger::create(session, identity, working()));
    site.run = {run_id_, 0, world_.host, world_.version};
    // What is recorded of our own interrupted work does not make the database somebody else's.
    const bool ours = snapshot.epoch && snapshot.contact != "filled";
    const std::string contact = ours ? snapshot.contact : "baseline";
    PGPRIMER_CO_TRY(site.run.epoch, co_await lock.begin_epoch(contact, working()));

    if (steps::reads_rows(*step)) { PGPRIMER_CO_TRY(units.at(0).checksum, co_await hook_fingerprint(*step, session)); }
    std::vector<std::string> recorded;
    std::string sql = "BEGIN; SET LOCAL synchronous_commit = on; ";
    if (wanted.all) {  // also the rows of files that are gone, and of steps that have no units to record
        sql += "UPDATE " + quote_identifier(config_.ledger_schema) +
               ".unit u SET schema_oid = n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = u.schema AND u.project = " +
               quote_literal(config_.project) + " AND (u.step = " + quote_literal(step->id) + " OR u.kind NOT IN ('sql', 'migrations', 'exec')); ";
    }
    const auto& records = snapshot.records(step->id);
    const auto versions = plan::by_version(records);
    for (const auto& unit : units) {
        const auto version = versions.find(unit.version);
        const bool renumbered = !unit.version.empty() && version != versions.end();
        plan::Record record = row(*step, renumbered ? version->second->key.unit : unit.unit, plan::State::baseline, unit.checksum);
        const bool there = std::ranges::any_of(records, [&record](const plan::Record& r) {
            return r.key.unit == record.key.unit && plan::counts_as_applied(r.state) && r.checksum == record.checksum &&
                   (r.schema.empty() || r.schema_oid == 0 || r.schema_oid == r.schema_oid_now);
        });
        if (there) continue;
        sql += ledger::claim_sql(identity, site.run, record, ledger::expects_anything()) + "; ";
        recorded.push_back(unit.shown);
    }
    sql += "COMMIT";
    PGPRIMER_CO_TRY(const pg::Rows done, co_await session.query(std::move(sql), working()));
    co_return recorded;
}

}  // namespace pgprimer::engine
