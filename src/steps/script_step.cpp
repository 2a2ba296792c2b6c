#include "pgprimer/steps/script_step.hpp"

#include "pgprimer/base/text.hpp"
#include "pgprimer/ledger/claim.hpp"
#include "pgprimer/ledger/schema.hpp"
#include "pgprimer/plan/repair.hpp"
#include "pgprimer/script/player.hpp"
#include "pgprimer/steps/globals.hpp"
#include "pgprimer/steps/there_already.hpp"

namespace pgprimer::steps {
namespace {

constexpr int most_attempts = 6;

bool may_be_retried(const Diagnostic& why) {
    if (why.error != Error::failed) return false;
    if (why.sqlstate == "40001" || why.sqlstate == "40P01") return true;
    return why.sqlstate == "XX000" && why.message.find("tuple concurrently updated") != std::string::npos;
}

// A failure of the file's own statements has a place; one of the ledger's has none.
bool is_ours(const Diagnostic& why) { return why.place.file.empty(); }

// Our own row or epoch was somebody else's: whatever we remember is to be read again.
bool was_overtaken(const Diagnostic& why) {
    return is_ours(why) && (ledger::is_overtaken(why.sqlstate) || (why.sqlstate == "23505" && why.message.find("unit_pkey") != std::string::npos));
}

// What writing a row fails with where the ledger is gone or not ours any more.
bool is_of_the_ledger(const std::string& state) {
    return state == "42501" || state == "3F000" || state == "42P01" || state == "42703" || state == "42883";
}

Diagnostic overtaken(const Diagnostic& why) {
    Diagnostic lost(Error::lost, "another run has taken over");
    lost.detail = why.message;
    lost.sqlstate = why.sqlstate;
    return lost;
}

Diagnostic refused_commands(const sql::Survey& survey, const config::Step& step) {
    Diagnostic first = survey.refused.front();
    first.error = Error::config;
    first.step = step.name;
    first.more.insert(first.more.end(), survey.refused.begin() + 1, survey.refused.end());
    return first;
}

Applying applying(const ScriptWork& work, const config::Step& step) {
    Applying out{step.id, step.name, work.record.key.unit};
    const auto* kind = std::get_if<config::Sql>(&step.kind);
    out.is_script = kind != nullptr;
    out.once = kind != nullptr && kind->rerun == config::Rerun::once;
    out.applied_before = work.previous && plan::counts_as_applied(work.previous->state);
    out.first_contact = work.first_contact;
    return out;
}

script::Unit unit_of(const ScriptWork& work, const sql::Survey& survey, script::Mode mode, const config::Step& step, const Context& context) {
    script::Unit unit;
    unit.script = work.script;
    unit.survey = survey;
    unit.step = step.name;
    unit.mode = mode;
    unit.role = step.set_role.value_or("");
    unit.claim =
        ledger::claim_sql(context.identity, context.run, work.record, work.previous ? ledger::expects(*work.previous) : ledger::expects_nothing());
    if (mode != script::Mode::stepwise) return unit;
    const auto identity = context.identity;
    const auto run = context.run;
    const auto record = work.record;
    unit.progress = [identity, run, record](script::Mark mark, const script::Position& position) {
        plan::Record row = record;
        row.state = mark == script::Mark::done ? plan::State::done : mark == script::Mark::partial ? plan::State::partial : plan::State::started;
        row.statement = position.statement;
        row.line = position.line;
        row.verb = position.verb;
        row.prefix = position.prefix;
        return ledger::progress_sql(identity, run, row);
    };
    unit.guard = ledger::guard_sql(identity, run);
    unit.hold = ledger::hold_sql(identity);
    unit.let_go = ledger::let_go_sql(identity);
    if (config::takes_default_lock_timeout(step)) {
        const auto change = [](const std::string& from, const std::string& to) {
            return "SELECT pg_catalog.set_config('lock_timeout', " + quote_literal(to) +
                   ", false) WHERE pg_catalog.current_setting('lock_timeout')::interval = " + quote_literal(from) + "::interval";
        };
        unit.patient = change(default_lock_timeout(), "0");
        unit.impatient = change("0", default_lock_timeout());
    }
    if (work.what == plan::What::resume && work.previous && work.previous->statement > 0) {
        unit.interrupted = work.previous->state == plan::State::started;
        unit.resume = script::Position{work.previous->statement, work.previous->line, work.previous->verb, plan::prefix_with(*work.previous)};
    }
    unit.called = plan::called(work.record.key);
    unit.unsettled = [step_name = step.name, record = work.previous.value_or(work.record), name = work.script.name](const script::Position&) {
        return plan::unsettled(step_name, name, record);
    };
    return unit;
}

script::World world_of(const Context& context) {
    script::World world;
    world.files = context.files;
    world.bus = context.bus;
    world.connect = context.connect;
    world.environment = context.environment;
    return world;
}

bool runs_stepwise(const ScriptWork& work, const sql::Survey& survey) {
    using config::TransactionMode;
    return work.what == plan::What::resume || work.mode == TransactionMode::stepwise ||
           (work.mode == TransactionMode::automatic && (work.file_wants_no_transaction || survey.mode == sql::Survey::Mode::stepwise));
}

// As it is known to the run.
bool is_unchanged(const ScriptWork& work, const sql::Survey& survey) { return survey.checksum == work.record.checksum; }

Task<Result<script::Played>> attempt(const ScriptWork& work, const sql::Survey& survey, script::Mode mode, pg::Connection& session,
                                     const config::Step& step, const Context& context, Deadline deadline) {
    PGPRIMER_CO_CHECK(co_await prepare_session(session, step, context, deadline));
    const script::Unit unit = unit_of(work, survey, mode, step, context);
    if (mode == script::Mode::stepwise && !unit.role.empty()) {
        PGPRIMER_CO_TRY(const pg::Rows set, co_await session.query("SET ROLE " + quote_identifier(unit.role), deadline));
    }
    script::World world = world_of(context);
    world.prepare = [&step, &context](pg::Connection& connection, Deadline until) { return prepare_session(connection, step, context, until); };
    co_return co_await script::play(unit, session, world, deadline);
}

}  // namespace

Task<Result<script::Played>> apply_script(ScriptWork work, pg::Connection& session, const config::Step& step, const Context& context,
                                          Deadline deadline, std::optional<Diagnostic> failed) {
    auto surveyed = work.survey ? Result<sql::Survey>(std::move(*work.survey)) : sql::survey(*context.files, work.script);
    if (!surveyed) {
        Diagnostic why = surveyed.error();
        why.step = step.name;
        co_return why;
    }
    const sql::Survey& survey = *surveyed;
    if (!is_unchanged(work, survey)) {
        Diagnostic changed(Error::config, "\"" + work.script.path + "\" changed while the run was going on; nothing of it was run");
        changed.step = step.name;
        co_return std::move(changed).with_hint("run again");
    }
    if (!survey.refused.empty()) co_return refused_commands(survey, step);

    const bool stepwise = runs_stepwise(work, survey);
    script::Mode mode = stepwise ? script::Mode::stepwise : script::Mode::whole;
    std::string mode_text = stepwise ? "stepwise" : "whole";
    if (stepwise) {
        const std::string why = work.file_wants_no_transaction    ? "the file asks for no transaction"
                                : work.what == plan::What::resume ? "resumed"
                                                                  : survey.why;
        if (!why.empty()) mode_text += ": " + why;
    }
    if (!failed && !work.told) context.bus->publish(event::UnitStarted{step.name, work.script.name, work.why, mode_text});
    const auto began = SteadyClock::now();

    std::optional<pg::Connection> globals;
    if (survey.touches_globals) { PGPRIMER_CO_TRY(globals, co_await hold_globals(session.address(), context, deadline)); }
    for (int number = 1;; ++number) {
        Result<script::Played> played = script::Played{};
        if (auto first = std::exchange(failed, std::nullopt))
            played = std::move(*first);
        else
            played = co_await attempt(work, survey, mode, session, step, context, deadline);
        if (played) {
            if (played->left_home) {
                context.bus->publish(
                    event::Message{event::Level::info,
                                   work.script.name + ": after \\connect its statements are executed at least once, not exactly once", step.name});
            }
            context.bus->publish(event::UnitFinished{step.name, work.script.name, SteadyClock::now() - began, played->statements});
            co_return *played;
        }
        Diagnostic why = played.error();
        if (was_overtaken(why)) co_return overtaken(why);
        script::Unit probe;
        probe.mode = mode;
        if (work.mode == config::TransactionMode::automatic && script::may_go_stepwise(probe, why)) {
            if (survey.acts_outside) {
                co_return std::move(why).with_hint(
                    "as a whole the server refuses it, and it writes outside the database, so it was not repeated: set transaction = \"stepwise\"");
            }
            context.bus->publish(event::Message{event::Level::warning,
                                                work.script.name + ": the server refuses it as a whole (" + why.sqlstate + ": " + why.message +
                                                    "); rolled back, running it statement by statement",
                                                step.name});
            mode = script::Mode::stepwise;
            continue;
        }
        if (mode == script::Mode::whole && may_be_retried(why) && number < most_attempts) {
            context.bus->publish(
                event::Message{event::Level::warning, work.script.name + ": " + why.message + " (" + why.sqlstate + "), trying again", step.name});
            if (const auto waited = co_await sleep_for(std::chrono::milliseconds{50} * number, deadline); waited != Waited::ready)
                co_return not_ready(waited, deadline, why.message);
            continue;
        }
        if (why.step.empty()) why.step = step.name;
        if (step.set_role && why.place.line == 0 && why.message.find(*step.set_role) != std::string::npos) {
            why = not_that_role(std::move(why), step, session);
        }
        if (is_ours(why) && is_of_the_ledger(why.sqlstate)) why = ledger::not_written(std::move(why), context.identity, session.address());
        if (why.place.file.empty() && why.error == Error::failed) why.place.file = work.script.name;
        if (why.hint.empty()) why.hint = hint_of_there_already(why, applying(work, step));
        co_return why;
    }
}

ScriptQueue::ScriptQueue(pg::Connection& session, const config::Step& step, Context context, Deadline deadline)
    : session_(session),
      step_(step),
      context_(std::move(context)),
      deadline_(deadline),
      world_(world_of(context_)),
      pipeline_(session, world_, deadline) {}

Task<Result<bool>> ScriptQueue::send(ScriptWork& work) {
    if (!work.survey) { PGPRIMER_CO_TRY(work.survey, sql::survey(*context_.files, work.script)); }
    const sql::Survey& survey = *work.survey;
    if (!survey.pipelines || !is_unchanged(work, survey) || runs_stepwise(work, survey) || survey.touches_globals) co_return false;
    std::vector<std::string> before;
    if (prepared_) {
        before = session_sql(session_, step_, context_);
    } else {  // at once: the script is read with the session's settings
        PGPRIMER_CO_CHECK(co_await prepare_session(session_, step_, context_, deadline_));
    }
    PGPRIMER_CO_TRY(const bool sent, co_await pipeline_.send(unit_of(work, survey, script::Mode::whole, step_, context_), before));
    if (!sent) co_return false;
    prepared_ = true;
    closed_ = pipeline_.drops_schema();
    works_.push_back(work);
    co_return true;
}

Task<Result<script::Played>> ScriptQueue::take() {
    const ScriptWork& work = works_.front();
    context_.bus->publish(event::UnitStarted{step_.name, work.script.name, work.why, "whole"});
    const auto began = SteadyClock::now();
    auto played = co_await pipeline_.take();
    if (played) context_.bus->publish(event::UnitFinished{step_.name, work.script.name, SteadyClock::now() - began, played->statements});
    works_.pop_front();
    co_return played;
}

}  // namespace pgprimer::steps
