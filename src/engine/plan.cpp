// What would be done, in order, and why. Changes nothing, takes no lock.
#include "pgprimer/base/text.hpp"
#include "pgprimer/sql/survey.hpp"
#include "pgprimer/steps/ensure.hpp"
#include "pgprimer/steps/expect.hpp"
#include "pgprimer/steps/flush.hpp"
#include "pgprimer/steps/shell_script.hpp"
#include "round.hpp"

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
    PGPRIMER_CO_CHECK(co_await read_ledgers(true));
    for (auto& site : sites_) {
        if (!site->session) continue;
        PGPRIMER_CO_CHECK(co_await first_contact(*site, *site->session));
        PGPRIMER_CO_TRY(const auto moved, co_await moved_schemas(*site, *site->session));
        for (const auto& [schema, what] : moved) {
            world_.bus->publish(event::Message{event::Level::warning, what.told(schema), ""});
            std::erase_if(site->snapshot.units,
                          [&name = schema, now = what.now](const auto& unit) { return unit.record.schema == name && unit.record.schema_oid != now; });
        }
    }
    PGPRIMER_CO_CHECK(check_shell_scripts());
    Finished out;
    out.plan_id = plan_id();
    for (const auto& step : config_.steps) {
        PGPRIMER_CO_TRY(auto planned, co_await plan_step(step));
        done_.insert(step.id);
        for (auto& line : planned) {
            line.step = step.id;
            line.name = step.name;
            line.kind = config::kind_name(step.kind);
            out.planned.push_back(std::move(line));
        }
    }
    co_return out;
}

Task<Result<std::vector<Planned>>> Round::plan_step(const config::Step& step) {
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
        PGPRIMER_CO_CHECK(co_await steps::prepare_session(*site.session, step, context(site), working()));
        if (const auto* ensure = std::get_if<config::Ensure>(&step.kind)) {
            PGPRIMER_CO_TRY(const auto changes, co_await steps::look_ensure(*site.session, *ensure, working()));
            for (const auto& change : changes) say(change.doing, "ensure", "not so yet");
            if (changes.empty()) say("", "nothing", "all is there", true);
        } else if (const auto* expect = std::get_if<config::Expect>(&step.kind)) {
            steps::Blame who = [this](const std::string& kind, const std::string& name) { return blame(kind, name); };
            PGPRIMER_CO_TRY(const auto missing, co_await steps::look_expect(*site.session, *expect, who, working()));
            for (const auto& one : missing) say(one.message, "expect", "does not hold now");
            if (missing.empty()) say("", "nothing", "all holds", true);
        }
        co_return out;
    }
    PGPRIMER_CO_CHECK(check_renames(step, site));
    tell_ignored(step);
    PGPRIMER_CO_TRY(const auto actions, decide(step, site));
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
        if (const auto* hook = std::get_if<config::Exec>(&step.kind)) unit = join(hook->argv, " ");
        out.push_back({"", "", "", std::move(unit), plan::to_string(action.what), action.why, std::move(mode), nothing});
    }
    if (const auto* flush = std::get_if<config::Flush>(&step.kind); flush != nullptr && reachable && !out.empty() && !out.front().nothing) {
        PGPRIMER_CO_TRY(const auto tables, co_await steps::look_flush(*site.session, *flush, config_.ledger_schema, working()));
        out.front().unit = "truncate " + std::to_string(tables.truncated.size()) + " tables";
        for (const auto& id : flush->invalidates)
            say("all of \"" + config_.step(*id)->name + "\"", plan::to_string(plan::What::again), "its records are voided by this step");
    }
    co_return out;
}

}  // namespace pgprimer::engine
