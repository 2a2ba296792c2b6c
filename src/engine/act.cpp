// What a round does, step by step.
#include <algorithm>

#include "pgprimer/base/text.hpp"
#include "pgprimer/ledger/claim.hpp"
#include "pgprimer/ledger/schema.hpp"
#include "pgprimer/steps/ensure.hpp"
#include "pgprimer/steps/expect.hpp"
#include "pgprimer/steps/globals.hpp"
#include "pgprimer/steps/hook.hpp"
#include "pgprimer/steps/lock_wait.hpp"
#include "pgprimer/steps/shell_script.hpp"
#include "round.hpp"

namespace pgprimer::engine {
namespace {

using event::Outcome;

// Failures of the step itself; the others end the round.
bool may_go_on(const Diagnostic& why) { return why.error == Error::failed || why.error == Error::timeout || why.error == Error::config; }

}  // namespace

plan::Record Round::row(const config::Step& step, const std::string& unit, plan::State state, const std::string& checksum) const {
    plan::Record record;
    record.key = {step.id, "", unit};
    record.kind = config::kind_name(step.kind);
    record.state = state;
    record.checksum = checksum;
    // By name: the step may be the one that makes the schema.
    const auto& path = step.search_path.empty() ? config_.target(step.target).search_path : step.search_path;
    if (!path.empty() && !path.front().starts_with('$')) record.schema = path.front();
    return record;
}

// A row of its own transaction, for what leaves nothing in a transaction: hooks, failures.
Task<Result<void>> Round::write_row(Site& site, plan::Record record) {
    const ledger::Identity identity{config_.ledger_schema, config_.project};
    std::string sql =
        "BEGIN; SET LOCAL synchronous_commit = on; " + ledger::claim_sql(identity, site.run, record, ledger::expects_anything()) + "; COMMIT";
    auto written = co_await site.ledger->query(std::move(sql), Deadline::after(std::chrono::seconds{30}));
    if (!written) {
        Diagnostic why = written.error();
        [[maybe_unused]] const auto ended = co_await site.ledger->query("ROLLBACK", working().cleanup());
        if (ledger::is_overtaken(why.sqlstate)) why.error = Error::lost;
        co_return ledger::not_written(std::move(why), identity, site.ledger->address());
    }
    site.remember(std::move(record));
    co_return Result<void>{};
}

Task<void> Round::record_failure(const config::Step& step, const Diagnostic& why) {
    Site& site = site_of(step);
    if (!site.ledger || !site.ledger->alive()) co_return;
    const std::string unit = unit_in_work_.empty() ? config::kind_name(step.kind) : unit_in_work_;
    plan::Record record = row(step, unit, plan::State::failed, "");
    if (const plan::Record* there = site.record(record.key)) {
        // A stepwise row says where to go on; an applied one is not undone by a later failure to look at its step.
        if (there->state == plan::State::partial || there->state == plan::State::started) co_return;
        if (unit_in_work_.empty() && plan::counts_as_applied(there->state)) co_return;
        record.checksum = there->checksum;
        // A script that failed was rolled back: what was applied before still is.
        const bool rolled_back = (std::holds_alternative<config::Sql>(step.kind) && !steps::is_shell_script(unit)) ||
                                 std::holds_alternative<config::Migrations>(step.kind);
        if (rolled_back) record.state = there->state;
    }
    std::string said = to_string(why.place);
    said += (said.empty() ? "" : ": ") + why.message;
    for (std::size_t i = 0; i < why.more.size() && said.size() < 1000; ++i) said += (i == 0 ? ": " : "; ") + why.more[i].message;
    record.error = world_.bus->redact(printable(said.substr(0, 1000)));
    // The row may have become stepwise meanwhile: only where it is not.
    const std::string s = quote_identifier(config_.ledger_schema);
    auto partial = co_await site.ledger->query("SELECT FROM " + s + ".unit WHERE project = " + quote_literal(config_.project) +
                                                   " AND step = " + quote_literal(step.id) + " AND unit = " + quote_literal(unit) +
                                                   " AND state IN ('partial', 'started')",
                                               Deadline::after(std::chrono::seconds{5}));
    if (!partial || partial->size() > 0) co_return;
    if (plan::counts_as_applied(record.state)) {
        [[maybe_unused]] const auto noted = co_await note_error(site, record.key, record.error);
    } else {
        [[maybe_unused]] const auto written = co_await write_row(site, std::move(record));
    }
}

// What became of newer content of an applied unit; "" clears it. The step is looked at anew by the next run.
Task<Result<void>> Round::note_error(Site& site, plan::Key key, std::string error) {
    const ledger::Identity identity{config_.ledger_schema, config_.project};
    std::string sql = "BEGIN; SET LOCAL synchronous_commit = on; " + ledger::error_sql(identity, site.run, key, error) + "; COMMIT";
    auto written = co_await site.ledger->query(std::move(sql), Deadline::after(std::chrono::seconds{30}));
    if (!written) {
        [[maybe_unused]] const auto ended = co_await site.ledger->query("ROLLBACK", working().cleanup());
        co_return written.error();
    }
    if (plan::Record* there = site.record(key)) there->error = std::move(error);
    co_return Result<void>{};
}

Task<Result<void>> Round::all_steps() {
    for (const auto& step : config_.steps) PGPRIMER_CO_CHECK(co_await one_step(step));
    co_return Result<void>{};
}

Task<Result<void>> Round::one_step(const config::Step& step) {
    event::Bus& bus = *world_.bus;
    const char* kind = config::kind_name(step.kind);
    const auto finished = [&](Outcome outcome, const StepResult& result, SteadyClock::duration took, bool continued) {
        bus.publish(event::StepFinished{step.id, step.name, kind, outcome, result.applied, result.unchanged, took, result.why, continued});
    };
    if (!step.enabled) {
        done_.insert(step.id);
        finished(Outcome::disabled, {0, 0, "enabled = false"}, {}, false);
        co_return Result<void>{};
    }
    if (!is_wanted(step)) {
        done_.insert(step.id);
        finished(Outcome::skipped, {0, 0, "not named by --only"}, {}, false);
        co_return Result<void>{};
    }
    for (const auto& need : step.needs) {
        if (!failed_.contains(*need)) continue;
        failed_.insert(step.id);
        const config::Step* needed = config_.step(*need);
        finished(Outcome::skipped, {0, 0, "needs \"" + (needed != nullptr ? needed->name : *need) + "\", which failed"}, {}, false);
        co_return Result<void>{};
    }
    bus.publish(event::StepStarted{step.id, step.name, kind});
    const auto began = SteadyClock::now();
    unit_in_work_.clear();
    auto result = co_await act(step);
    const auto took = SteadyClock::now() - began;
    if (result) {
        done_.insert(step.id);
        failed_.erase(step.id);  // where a flush has made it good
        finished(result->applied > 0 ? Outcome::done : Outcome::unchanged, *result, took, false);
        co_return Result<void>{};
    }
    Diagnostic why = result.error();
    if (why.step.empty()) why.step = step.name;
    if (const auto& watch = site_of(step).lock_watch) steps::explain_limit(why, step, watch->seen(), watch->waiting());
    if (why.error == Error::timeout && step.timeout) {
        site_of(step).work.erase(config_.target(step.target).name);  // a session that a deadline has left is of no use any more
        why.message = (unit_in_work_.empty() ? "the step" : unit_in_work_) + " did not end within " + human(*step.timeout) +
                      ", the step's timeout, and was cancelled";
        why.hint += std::string(why.hint.empty() ? "" : "; ") + "set timeout for this step to what it needs";
        if (why.place.file.empty()) why.place = step.place;
    }
    if (why.error == Error::stopped && world_.stop->requested()) {
        StepResult stopped;
        stopped.why = "stopped";
        finished(Outcome::failed, stopped, took, false);
    }
    if (why.error == Error::lost || why.error == Error::stopped) co_return why;
    if (may_go_on(why)) co_await record_failure(step, why);
    const bool continued = step.on_failure == config::OnFailure::keep_going && may_go_on(why);
    StepResult failed;
    failed.why = why.message;
    finished(Outcome::failed, failed, took, continued);
    if (!continued) co_return why;
    failed_.insert(step.id);
    bus.publish(event::Problem{event::Level::warning, why});
    co_return Result<void>{};
}

Task<Result<StepResult>> Round::act_kind(const config::Step& step, Site& site) {
    if (std::holds_alternative<config::Exec>(step.kind)) co_return co_await act_hook(step, site);
    if (std::holds_alternative<config::Ensure>(step.kind)) co_return co_await act_ensure(step);
    if (std::holds_alternative<config::Expect>(step.kind)) co_return co_await act_expect(step);
    if (std::holds_alternative<config::Flush>(step.kind)) co_return co_await act_flush(step, site);
    co_return co_await act_scripts(step, site);
}

Task<Result<void>> Round::before_retry(const config::Step& step, std::string what, int attempt) {
    const std::string count = std::to_string(attempt) + " of " + std::to_string(step.retries);
    world_.bus->publish(event::Message{event::Level::warning, what + "; trying again (" + count + ")", step.name});
    const auto waited = co_await sleep_for(std::chrono::seconds{1}, working());
    if (waited != Waited::ready) co_return not_ready(waited, working(), what);
    co_return Result<void>{};
}

Task<Result<StepResult>> Round::act(const config::Step& step) {
    PGPRIMER_CO_CHECK(co_await reach_site(step));
    Site& site = site_of(step);
    std::erase_if(site.digests, [&step](const auto& row) { return row.step == step.id; });
    PGPRIMER_CO_CHECK(check_renames(step, site));
    Result<StepResult> result = co_await act_kind(step, site);
    const bool tries_itself = std::holds_alternative<config::Exec>(step.kind) || std::holds_alternative<config::Sql>(step.kind) ||
                              std::holds_alternative<config::Migrations>(step.kind);
    for (int attempt = 1; !tries_itself && !result && result.error().error == Error::failed && attempt <= step.retries; ++attempt) {
        PGPRIMER_CO_CHECK(co_await before_retry(step, result.error().message, attempt));
        result = co_await act_kind(step, site);
    }
    if (!result) co_return result.error();

    const steps::Looked& looked = looks_.at(step.id);
    if (steps::looks_itself(step)) {  // clears what an earlier failure left
        plan::Record good = row(step, config::kind_name(step.kind), plan::State::done, "");
        const plan::Record* there = site.record(good.key);
        if (there != nullptr && there->state == plan::State::failed) PGPRIMER_CO_CHECK(co_await write_row(site, std::move(good)));
        co_return result;
    }
    std::string digest = std::holds_alternative<config::Flush>(step.kind) ? plan_id() : looked.digest;
    if (std::holds_alternative<config::Exec>(step.kind)) {
        const plan::Record* there = site.record({step.id, "", "hook"});
        if (there != nullptr) digest = there->checksum;
    }
    const auto& path = step.search_path.empty() ? config_.target(step.target).search_path : step.search_path;
    site.digests.push_back({step.id, step.name, digest, looked.signature, path.empty() ? "" : path.front()});
    co_return result;
}

Task<Result<StepResult>> Round::act_hook(const config::Step& step, Site& site) {
    StepResult result;
    const auto& kind = std::get<config::Exec>(step.kind);
    const bool reads_rows = steps::reads_rows(step);
    pg::Connection* session = nullptr;
    std::string fingerprint = steps::acts_always(step) ? "" : looks_.at(step.id).digest;
    if (reads_rows) {
        PGPRIMER_CO_TRY(session, co_await work_session(step));
        PGPRIMER_CO_CHECK(co_await steps::prepare_as_role(*session, step, context(site), working()));
        PGPRIMER_CO_TRY(fingerprint, co_await hook_fingerprint(step, *session));
    }
    PGPRIMER_CO_TRY(const auto actions, decide(step, site, fingerprint));
    const plan::Action& action = actions.front();
    result.why = action.why;
    if (action.what == plan::What::skip) {
        result.unchanged = 1;
        co_return result;
    }
    unit_in_work_ = "hook";
    world_.bus->publish(event::UnitStarted{step.name, steps::command_line(kind), action.why, "program"});
    const auto began = SteadyClock::now();
    const steps::Context hands = context(site);
    auto running = steps::run_hook(step, hands, working());
    PGPRIMER_CO_CHECK(co_await watched(step, steps::command_line(kind), nullptr, std::move(running)));
    if (reads_rows) { PGPRIMER_CO_TRY(fingerprint, co_await hook_fingerprint(step, *session)); }
    plan::Record record = row(step, "hook", plan::State::done, fingerprint);
    const plan::Key key = record.key;
    PGPRIMER_CO_CHECK(co_await write_row(site, std::move(record)));
    site.timings.push_back({key, std::chrono::duration<double>(SteadyClock::now() - began).count()});
    world_.bus->publish(event::UnitFinished{step.name, steps::command_line(kind), SteadyClock::now() - began, 0});
    unit_in_work_.clear();
    result.applied = 1;
    const std::set<std::string> now_done{"hook"};
    PGPRIMER_CO_TRY([[maybe_unused]] const bool any, co_await follow_schemas(step, now_done, site));
    co_return result;
}

Task<Result<StepResult>> Round::act_ensure(const config::Step& step) {
    StepResult result;
    PGPRIMER_CO_TRY(pg::Connection * session, co_await work_session(step));
    PGPRIMER_CO_CHECK(co_await steps::prepare_as_role(*session, step, context(site_of(step)), working()));
    event::Bus& bus = *world_.bus;
    std::function<void(const steps::Change&)> on_change = [&bus, &step, &result](const steps::Change& change) {
        ++result.applied;
        bus.publish(event::Message{event::Level::info, change.text, step.name});
    };
    const Deadline deadline = step.timeout ? working().within(*step.timeout) : working();
    const auto& wanted = std::get<config::Ensure>(step.kind);
    PGPRIMER_CO_TRY(auto changes, co_await steps::look_ensure(*session, wanted, deadline));
    if (!changes.empty()) {
        std::optional<pg::Connection> globals;
        if (!wanted.roles.empty() || !wanted.databases.empty()) {
            PGPRIMER_CO_TRY(globals, co_await steps::hold_globals(session->address(), context(site_of(step)), deadline));
        }
        auto acting = steps::act_ensure(*session, wanted, on_change, deadline);
        PGPRIMER_CO_TRY(changes, co_await watched(step, "ensure", session, std::move(acting)));
    }
    if (changes.empty()) result.why = "looked, all is there";
    co_return result;
}

Task<Result<StepResult>> Round::act_expect(const config::Step& step) {
    StepResult result;
    PGPRIMER_CO_TRY(pg::Connection * session, co_await work_session(step));
    PGPRIMER_CO_CHECK(co_await steps::prepare_as_role(*session, step, context(site_of(step)), working()));
    const auto& expected = std::get<config::Expect>(step.kind);
    steps::Blame who = [this](const std::string& kind, const std::string& name) { return blame(kind, name); };
    const Deadline deadline = step.timeout ? working().within(*step.timeout) : working();
    PGPRIMER_CO_TRY(auto missing, co_await steps::look_expect(*session, expected, who, deadline));
    if (!missing.empty()) {
        Diagnostic why = steps::fold_findings(std::move(missing), steps::count_expectations(expected));
        why.place = why.place.file.empty() ? step.place : why.place;
        co_return why;
    }
    result.why = "all holds";
    co_return result;
}

}  // namespace pgprimer::engine
