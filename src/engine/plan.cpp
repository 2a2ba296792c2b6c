// What would be done, in order, and why. Changes nothing, takes no lock.
#include <algorithm>

#include "pgprimer/base/text.hpp"
#include "pgprimer/sql/survey.hpp"
#include "pgprimer/steps/ensure.hpp"
#include "pgprimer/steps/expect.hpp"
#include "pgprimer/steps/flush.hpp"
#include "pgprimer/steps/hook.hpp"
#include "pgprimer/steps/shell_script.hpp"
#include "round.hpp"
#include "session.hpp"

namespace pgprimer::engine {
namespace {

// How a script would be run; what would keep it from being run at all is a failure of the plan.
Result<std::string> mode_of(const io::Files& files, const sql::Script& script, config::TransactionMode wanted, bool file_wants_none) {
    PGPRIMER_TRY(const sql::Survey survey, sql::survey(files, script));
    if (!survey.refused.empty()) {
        Diagnostic first = survey.refused.front();
        first.error = Error::config;
        first.more.insert(first.more.end(), survey.refused.begin() + 1, survey.refused.end());
        return first;
    }
    if (wanted == config::TransactionMode::whole) return std::string("whole: transaction = \"whole\"");
    if (wanted == config::TransactionMode::stepwise) return std::string("stepwise: transaction = \"stepwise\"");
    if (file_wants_none) return std::string("stepwise: the file asks for no transaction");
    return survey.mode == sql::Survey::Mode::whole ? "whole" : "stepwise: " + survey.why;
}

}  // namespace

Task<Result<Finished>> Round::plan_only() {
    PGPRIMER_CO_CHECK(co_await read_ledgers(ledger::Units::records));
    for (auto& site : sites_) {
        if (!site->session) continue;
        PGPRIMER_CO_CHECK(co_await first_contact(*site, *site->session));
        PGPRIMER_CO_TRY(const auto moved, co_await moved_schemas(*site, *site->session));
        for (const auto& [schema, what] : moved) {
            world_.bus->publish(event::Message{event::Level::warning, what.told(schema), ""});
            for (auto& [id, records] : site->snapshot.units)
                std::erase_if(records, [&name = schema, now = what.now](const auto& r) { return r.schema == name && r.schema_oid != now; });
        }
    }
    PGPRIMER_CO_CHECK(check_shell_scripts());
    Finished out;
    out.plan_id = plan_id();
    bool any = false;
    for (const auto& step : config_.steps) {
        auto planned = co_await plan_step(step, any);
        if (!planned && planned.error().error == Error::failed && any &&
            (steps::looks_itself(step) || std::holds_alternative<config::Flush>(step.kind))) {
            // What it asks for may be made by the steps before it.
            const std::string why = "what it will do is known once the steps above have run; now: " + planned.error().message;
            planned = std::vector<Planned>{{"", "", "", "", config::kind_name(step.kind), why, "", false}};
        }
        if (!planned) {
            Diagnostic why = planned.error();
            if (why.step.empty()) why.step = step.name;
            co_return why;
        }
        any = any || std::ranges::any_of(*planned, [](const Planned& line) { return !line.nothing; });
        done_.insert(step.id);
        for (auto& line : *planned) {
            line.step = step.id;
            line.name = step.name;
            line.kind = config::kind_name(step.kind);
            out.planned.push_back(std::move(line));
        }
    }
    co_return out;
}

// A session of the step's own role, prepared for the step: default privileges and passwords depend on who asks. One that is still to be made is
// stood in for.
Task<Result<pg::Connection*>> Round::plan_session(const config::Step& step) {
    Site& site = site_of(step);
    const config::Target& target = config_.target(step.target);
    pg::Connection* session = &*site.session;
    if (target.user.value != session->address().user) {
        auto own = site.work.find(target.name);
        if (own == site.work.end()) {
            const Deadline deadline = is_pending(target) ? waiting().within(std::chrono::seconds{1}) : waiting();
            auto probed = co_await open_target(target, world_, true, false, deadline);
            if (!probed && !is_pending(target)) co_return probed.error();
            if (probed) own = site.work.emplace(target.name, std::move(probed->connection)).first;
        }
        if (own != site.work.end()) session = &own->second;
    }
    PGPRIMER_CO_CHECK(co_await steps::prepare_as_role(*session, step, context(site), working()));
    co_return session;
}

Task<Result<std::vector<Planned>>> Round::plan_step(const config::Step& step, bool after_others) {
    std::vector<Planned> out;
    const auto say = [&out](std::string unit, std::string action, std::string why, bool nothing = false) {
        out.push_back({"", "", "", std::move(unit), std::move(action), std::move(why), "", nothing});
    };
    if (!step.enabled) {
        say("", "skip", "enabled = false", true);
        co_return out;
    }
    if (!is_wanted(step)) {
        say("", "skip", "not named by --only", true);
        co_return out;
    }
    Site& site = site_of(step);
    const steps::Looked& looked = looks_.at(step.id);
    const bool reachable = site.session.has_value();
    const std::string later = "the database is not there yet";
    if (steps::looks_itself(step)) {
        if (!reachable) {
            say("", std::holds_alternative<config::Ensure>(step.kind) ? "ensure" : "expect", later);
            co_return out;
        }
        PGPRIMER_CO_TRY(pg::Connection * session, co_await plan_session(step));
        if (const auto* ensure = std::get_if<config::Ensure>(&step.kind)) {
            PGPRIMER_CO_TRY(const auto changes, co_await steps::look_ensure(*session, *ensure, working()));
            for (const auto& change : changes) say(change.doing, "ensure", "not so yet");
            if (changes.empty()) say("", "nothing", "all is there", true);
        } else if (const auto* expect = std::get_if<config::Expect>(&step.kind)) {
            steps::Blame who = [this](const std::string& kind, const std::string& name) { return blame(kind, name); };
            PGPRIMER_CO_TRY(const auto missing, co_await steps::look_expect(*session, *expect, who, working()));
            for (const auto& one : missing) say(one.message, "expect", "does not hold now");
            if (missing.empty()) say("", "nothing", "all holds", true);
        }
        co_return out;
    }
    PGPRIMER_CO_CHECK(check_renames(step, site));
    tell_ignored(step);
    std::string fingerprint;
    if (reachable && steps::reads_rows(step)) {
        PGPRIMER_CO_TRY(pg::Connection * session, co_await plan_session(step));
        PGPRIMER_CO_TRY(fingerprint, co_await hook_fingerprint(step, *session));
    }
    PGPRIMER_CO_TRY(const auto actions, decide(step, site, fingerprint));
    const auto* scripts = std::get_if<config::Sql>(&step.kind);
    const auto* migrations = std::get_if<config::Migrations>(&step.kind);
    for (const auto& action : actions) {
        const bool nothing = action.what == plan::What::skip;
        std::string unit = action.key.unit, mode;
        if (scripts != nullptr && !nothing) {
            const sql::Script& script = looked.scripts.at(action.unit);
            if (steps::is_shell_script(script.path)) {
                PGPRIMER_CO_TRY(const auto command, steps::shell_command(*world_.files, script.path));
                mode = command.how;
            } else {
                PGPRIMER_CO_TRY(mode, mode_of(*world_.files, script, scripts->transaction, false));
            }
        }
        if (migrations != nullptr && !nothing) {
            const auto& version = looked.versions.at(action.unit);
            unit = version.up.name;
            PGPRIMER_CO_TRY(mode, mode_of(*world_.files, version.up, migrations->transaction, !version.transaction));
        }
        if (action.what == plan::What::resume) mode = "stepwise: resumed";
        if (const auto* hook = std::get_if<config::Exec>(&step.kind)) unit = steps::command_line(*hook);
        out.push_back({"", "", "", std::move(unit), plan::to_string(action.what), action.why, std::move(mode), nothing});
    }
    if (const auto* flush = std::get_if<config::Flush>(&step.kind); flush != nullptr && reachable && !out.empty() && !out.front().nothing) {
        PGPRIMER_CO_TRY(pg::Connection * session, co_await plan_session(step));
        PGPRIMER_CO_TRY(const auto tables, co_await steps::look_flush(*session, *flush, config_.ledger_schema, working()));
        const std::string count = std::to_string(tables.truncated.size());
        out.front().unit = after_others ? "truncate all user tables (" + count + " now)" : "truncate " + count + " tables";
        forget_voided(*flush, site);
        for (const auto& voided : config_.steps) {
            if (is_invalidated(*flush, voided) && voided.enabled && done_.contains(voided.id))
                say("all of \"" + voided.name + "\"", plan::to_string(plan::What::again), "its records are voided by this step");
        }
    }
    co_return out;
}

}  // namespace pgprimer::engine
