// One script of a step: SQL, or for a shell.
#include "pgprimer/base/text.hpp"
#include "pgprimer/steps/script_step.hpp"
#include "pgprimer/steps/shell_script.hpp"
#include "round.hpp"

namespace pgprimer::engine {

Task<Result<bool>> Round::apply_script(const config::Step& step, Site& site, steps::ScriptWork work, Deadline deadline) {
    const plan::Key key = work.record.key;
    const ledger::Identity identity{config_.ledger_schema, config_.project};
    const int attempts = 1 + step.retries;
    for (int attempt = 1;; ++attempt) {
        PGPRIMER_CO_TRY(pg::Connection * session, co_await work_session(step));
        auto applied = co_await steps::apply_script(work, *session, step, context(site), deadline);
        if (applied) co_return applied->drops_schema;
        if (applied.error().error != Error::failed || attempt == attempts) co_return applied.error();
        PGPRIMER_CO_CHECK(co_await before_retry(step, work.script.name + ": " + applied.error().message, attempt));
        // A stepwise one has left its progress.
        PGPRIMER_CO_TRY(site.snapshot, co_await ledger::read(*site.ledger, identity, true, working()));
        if (const plan::Record* previous = site.record(key)) {
            work.previous = *previous;
            if (previous->state == plan::State::partial) work.what = plan::What::resume;
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
        auto ran = co_await steps::run_shell_script(std::move(shell), step, context(site), deadline);
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
    PGPRIMER_CO_CHECK(co_await read_ledgers(true));
    co_return check_shell_scripts();
}

void Round::tell_ignored(const config::Step& step) const {
    const auto& ignored = looks_.at(step.id).ignored;
    if (ignored.empty()) return;
    const std::string text = "ignoring " + join(ignored, ", ") + ": neither .sql (.gz, .xz, .zst) nor .sh";
    world_.bus->publish(event::Message{event::Level::info, text, step.name});
}

}  // namespace pgprimer::engine
