// The scripts of a step: SQL, or for a shell.
#include <deque>

#include "pgprimer/base/text.hpp"
#include "pgprimer/steps/lock_wait.hpp"
#include "pgprimer/steps/script_step.hpp"
#include "pgprimer/steps/shell_script.hpp"
#include "round.hpp"

namespace pgprimer::engine {
namespace {

constexpr std::size_t timings_at_once = 1000;  // more are not kept: there may be ten thousand

}  // namespace

// One step's scripts in work.
struct Round::Scripts {
    const config::Step& step;
    Site& site;
    Deadline deadline;
    StepResult result;
    std::set<std::string> now_done;                      // units
    std::deque<steps::ScriptWork> waiting;               // in their order
    std::optional<steps::ScriptQueue> queue;             // those on their way
    SteadyClock::time_point since = SteadyClock::now();  // the last one ended
    bool schemas_moved = false;                          // what is left is to be decided again
};

steps::ScriptWork Round::work_of(const config::Step& step, const Site& site, const plan::Action& action) const {
    const steps::Looked& looked = looks_.at(step.id);
    steps::ScriptWork work;
    work.what = action.what;
    work.why = action.why;
    if (const auto* scripts = std::get_if<config::Sql>(&step.kind)) {
        work.script = looked.scripts.at(action.unit);
        work.record = row(step, looked.units.at(action.unit).name, plan::State::done, looked.units.at(action.unit).checksum);
        work.mode = scripts->transaction;
    } else {
        const migration::Version& version = looked.versions.at(action.unit);
        work.script = version.up;
        work.record = row(step, action.key.unit, plan::State::done, version.checksum);
        work.mode = std::get<config::Migrations>(step.kind).transaction;
        work.file_wants_no_transaction = !version.transaction;
    }
    work.first_contact = !site.snapshot.any_final;
    return work;
}

Task<Result<StepResult>> Round::act_scripts(const config::Step& step, Site& site) {
    PGPRIMER_CO_CHECK(co_await catch_up(step, site));
    PGPRIMER_CO_TRY(auto actions, decide(step, site));
    Scripts scripts{step, site, step.timeout ? working().within(*step.timeout) : working(), {}, {}, {}, {}};
    tell_ignored(step);
    std::size_t next = 0;
    while (true) {
        if (next == actions.size()) {
            PGPRIMER_CO_CHECK(co_await settle(scripts));
            if (!scripts.schemas_moved) break;
        } else if (const plan::Action& action = actions[next++]; !scripts.now_done.contains(action.key.unit)) {
            PGPRIMER_CO_CHECK(co_await take_up(scripts, action));
        }
        if (!std::exchange(scripts.schemas_moved, false)) continue;
        PGPRIMER_CO_TRY(actions, decide(step, site));
        next = 0;  // what is done already is passed over
    }
    if (std::holds_alternative<config::Migrations>(step.kind) && scripts.result.applied == 0 && request_.force.contains(step.id)) {
        world_.bus->publish(
            event::Message{event::Level::warning, "--force: applied migrations are not run again; nothing of this step is unfinished", step.name});
    }
    co_return scripts.result;
}

Task<Result<void>> Round::take_up(Scripts& s, const plan::Action& action) {
    if (action.warn) world_.bus->publish(event::Message{event::Level::warning, action.why, s.step.name});
    if (action.what != plan::What::skip) {
        s.waiting.push_back(work_of(s.step, s.site, action));
        co_return co_await apply_waiting(s);
    }
    s.now_done.insert(action.key.unit);
    ++s.result.unchanged;
    const plan::Record* there = s.site.record(action.key);
    if (there != nullptr && !there->error.empty()) co_return co_await note_error(s.site, action.key, "");
    co_return Result<void>{};
}

// All that waits is sent, or applied where it cannot be sent ahead.
Task<Result<void>> Round::apply_waiting(Scripts& s) {
    while (!s.waiting.empty() && !s.schemas_moved) {
        steps::ScriptWork work = std::move(s.waiting.front());
        s.waiting.pop_front();
        PGPRIMER_CO_TRY(const bool sent, co_await send_ahead(s, work));
        if (sent) {
            while (s.queue && s.queue->full()) PGPRIMER_CO_CHECK(co_await take_oldest(s));
            continue;
        }
        if (s.queue) {  // those ahead of it first; one that failed may bring those behind it back
            s.waiting.push_front(std::move(work));
            PGPRIMER_CO_CHECK(co_await end_queue(s));
            continue;
        }
        PGPRIMER_CO_CHECK(co_await apply_alone(s, std::move(work), {}));
    }
    co_return Result<void>{};
}

Task<Result<void>> Round::settle(Scripts& s) {
    while (s.queue) {
        PGPRIMER_CO_CHECK(co_await end_queue(s));
        PGPRIMER_CO_CHECK(co_await apply_waiting(s));
    }
    co_return Result<void>{};
}

// Takes what is on its way; one that failed has put those behind it back among those that wait.
Task<Result<void>> Round::end_queue(Scripts& s) {
    while (s.queue && !s.queue->empty()) PGPRIMER_CO_CHECK(co_await take_oldest(s));
    if (s.queue) PGPRIMER_CO_CHECK(co_await s.queue->end());
    s.queue.reset();
    co_return Result<void>{};
}

Task<Result<bool>> Round::send_ahead(Scripts& s, steps::ScriptWork& work) {
    if (work.what == plan::What::record || steps::is_shell_script(work.script.path)) co_return false;
    if (const plan::Record* previous = s.site.record(work.record.key)) work.previous = *previous;
    if (!s.queue) {
        PGPRIMER_CO_TRY(pg::Connection * session, co_await work_session(s.step));
        s.queue.emplace(*session, s.step, context(s.site), s.deadline);
        s.since = SteadyClock::now();
    }
    auto sent = co_await s.queue->send(work);
    // What is wrong with it is said when it is its turn.
    if (!sent && sent.error().error != Error::lost && !s.queue->empty()) co_return false;
    if (s.queue->empty()) PGPRIMER_CO_CHECK(co_await end_queue(s));
    if (!sent && sent.error().error == Error::lost) co_return sent.error();
    co_return sent&&* sent;
}

Task<Result<void>> Round::take_oldest(Scripts& s) {
    const plan::Record record = s.queue->oldest().record;
    steps::ScriptWork work = s.queue->oldest();
    unit_in_work_ = record.key.unit;
    auto taking = s.queue->take();
    auto played = co_await watched(s.step, work.script.name, &s.queue->session(), std::move(taking));
    if (played) co_return co_await applied(s, record, played->drops_schema);
    auto behind = s.queue->take_back();
    s.waiting.insert(s.waiting.begin(), std::make_move_iterator(behind.begin()), std::make_move_iterator(behind.end()));
    s.queue.reset();
    co_return co_await apply_alone(s, std::move(work), played.error());
}

Task<Result<void>> Round::apply_alone(Scripts& s, steps::ScriptWork work, std::optional<Diagnostic> failed) {
    const plan::Record record = work.record;
    if (work.what == plan::What::record) {
        PGPRIMER_CO_CHECK(co_await write_row(s.site, record));
        s.now_done.insert(record.key.unit);
        ++s.result.unchanged;
        co_return Result<void>{};
    }
    if (const plan::Record* previous = s.site.record(record.key)) work.previous = *previous;
    unit_in_work_ = record.key.unit;
    if (!failed) s.since = SteadyClock::now();
    const bool is_shell = steps::is_shell_script(work.script.path);
    auto done = is_shell ? apply_shell_script(s.step, s.site, std::move(work), s.deadline)
                         : apply_script(s.step, s.site, std::move(work), s.deadline, std::move(failed));
    PGPRIMER_CO_TRY(const bool drops_schema, co_await std::move(done));
    co_return co_await applied(s, record, drops_schema);
}

Task<Result<void>> Round::applied(Scripts& s, const plan::Record& record, bool drops_schema) {
    s.site.behind.insert(s.step.id);
    s.now_done.insert(record.key.unit);
    const auto now = SteadyClock::now();
    s.site.timings.push_back({record.key, std::chrono::duration<double>(now - s.since).count()});
    s.since = now;
    if (s.site.timings.size() >= timings_at_once) PGPRIMER_CO_CHECK(co_await note_timings(s.site, working()));
    unit_in_work_.clear();
    ++s.result.applied;
    if (!drops_schema) co_return Result<void>{};
    PGPRIMER_CO_CHECK(co_await end_queue(s));  // it was the last in it
    PGPRIMER_CO_TRY(s.schemas_moved, co_await follow_schemas(s.step, s.now_done, s.site));
    if (s.schemas_moved) s.waiting.clear();
    co_return Result<void>{};
}

Task<Result<void>> Round::before_lock_retry(const config::Step& step, const std::string& unit, const Diagnostic& why, SteadyClock::duration pause,
                                            int attempt, Deadline deadline) {
    const LockWatch& watch = *site_of(step).lock_watch;
    std::string text = unit + ": " + why.message;
    if (!watch.seen().empty()) text += " (" + (attempt == 1 && !watch.said() ? watch.seen().text() : "behind " + watch.seen().short_text()) + ")";
    text +=
        "; rolled back, trying again in " + human(pause) + " (" + std::to_string(attempt) + " of " + std::to_string(steps::LockTries::most - 1) + ")";
    world_.bus->publish(event::Message{event::Level::warning, text, step.name});
    const auto waited = co_await sleep_for(pause, deadline);
    if (waited != Waited::ready) co_return not_ready(waited, deadline, why.message);
    co_return Result<void>{};
}

// Applies one and records it; whether it may have dropped a schema.
Task<Result<bool>> Round::apply_script(const config::Step& step, Site& site, steps::ScriptWork work, Deadline deadline,
                                       std::optional<Diagnostic> failed) {
    const plan::Key key = work.record.key;
    const ledger::Identity identity{config_.ledger_schema, config_.project};
    steps::LockTries lock_tries(step);
    std::optional<Diagnostic> by_lock;
    for (int attempt = 1;;) {
        PGPRIMER_CO_TRY(pg::Connection * session, co_await work_session(step));
        const steps::Context hands = context(site);
        auto applying = steps::apply_script(work, *session, step, hands, deadline, std::exchange(failed, std::nullopt));
        auto applied = co_await watched(step, work.script.name, session, std::move(applying));
        if (applied) co_return applied->drops_schema;
        Diagnostic why = applied.error();
        if (by_lock && why.error == Error::disagreement) co_return std::move(*by_lock);  // what stands before it lives in the session only
        by_lock.reset();
        const bool is_lock = steps::is_lock_failure(why, step);
        const auto pause = is_lock ? lock_tries.next() : std::nullopt;
        if (is_lock && !pause) why.detail += std::string(why.detail.empty() ? "" : "; ") + "tried " + std::to_string(lock_tries.number()) + " times";
        if (pause) {
            PGPRIMER_CO_CHECK(co_await before_lock_retry(step, work.script.name, why, *pause, lock_tries.number(), deadline));
            by_lock = std::move(why);
            work.told = true;
        } else {
            if (why.error != Error::failed || attempt > step.retries) co_return why;
            PGPRIMER_CO_CHECK(co_await before_retry(step, work.script.name + ": " + why.message, attempt++));
            work.told = false;
            lock_tries = steps::LockTries(step);
        }
        work.survey.reset();  // the file may be another one by now
        // A stepwise one has left its progress, and may not have cleared away what its last statement left.
        PGPRIMER_CO_CHECK(co_await read_rows(site, *site.ledger));
        if (const plan::Record* previous = site.record(key)) {
            work.previous = *previous;
            if (previous->state == plan::State::partial || previous->state == plan::State::started) work.what = plan::What::resume;
        }
    }
}

// At least once: its row follows its success.
Task<Result<bool>> Round::apply_shell_script(const config::Step& step, Site& site, steps::ScriptWork work, Deadline deadline) {
    PGPRIMER_CO_TRY(const auto command, steps::shell_command(*world_.files, work.script.path));
    world_.bus->publish(event::UnitStarted{step.name, work.script.name, work.why, command.how});
    const auto began = SteadyClock::now();
    const int attempts = 1 + step.retries;
    for (int attempt = 1;; ++attempt) {
        steps::ShellWork shell{work.script, work.record.checksum, work.first_contact};
        const steps::Context hands = context(site);
        auto running = steps::run_shell_script(std::move(shell), step, hands, deadline);
        auto ran = co_await watched(step, work.script.name, nullptr, std::move(running));
        if (ran) break;
        if (ran.error().error != Error::failed || attempt == attempts) co_return ran.error();
        PGPRIMER_CO_CHECK(co_await before_retry(step, work.script.name + ": " + ran.error().message, attempt));
    }
    PGPRIMER_CO_CHECK(co_await write_row(site, work.record));
    world_.bus->publish(event::UnitFinished{step.name, work.script.name, SteadyClock::now() - began, 0});
    co_return true;  // nobody knows
}

Result<void> Round::check_shell_scripts() {
    std::vector<Diagnostic> failures;
    for (const auto& step : config_.steps) {
        if (!step.enabled || !is_wanted(step) || !std::holds_alternative<config::Sql>(step.kind)) continue;
        const steps::Looked& looked = looks_.at(step.id);
        const auto actions = decide(step, site_of(step));
        if (!actions) continue;  // said when it is its turn
        std::vector<sql::Script> shells;
        for (const auto& action : *actions) {
            if (action.what == plan::What::skip || action.what == plan::What::record) continue;
            const sql::Script& script = looked.scripts.at(action.unit);
            if (steps::is_shell_script(script.path)) shells.push_back(script);
        }
        if (auto startable = steps::check_shell_scripts(*world_.files, world_.environment, shells, step); !startable)
            failures.push_back(startable.error());
    }
    if (failures.empty()) return {};
    Diagnostic first = failures.front();
    first.more.insert(first.more.end(), failures.begin() + 1, failures.end());
    return first;
}

Task<Result<void>> Round::check_shell_scripts_first() {
    bool any = false;
    for (const auto& step : config_.steps) {
        for (const auto& script : looks_.at(step.id).scripts) any |= steps::is_shell_script(script.path);
    }
    if (!any) co_return Result<void>{};
    PGPRIMER_CO_CHECK(co_await read_ledgers(ledger::Units::records));
    co_return check_shell_scripts();
}

void Round::tell_ignored(const config::Step& step) const {
    const auto& ignored = looks_.at(step.id).ignored;
    if (ignored.empty()) return;
    const std::string text = "ignoring " + join(ignored, ", ") + ": neither .sql (.gz, .xz, .zst) nor .sh";
    world_.bus->publish(event::Message{event::Level::info, text, step.name});
}

}  // namespace pgprimer::engine
