#include "pgprimer/steps/flush.hpp"

#include <algorithm>

#include "pgprimer/base/text.hpp"
#include "pgprimer/ledger/claim.hpp"
#include "round.hpp"

namespace pgprimer::engine {

// Truncates, voids the records of the steps that it invalidates, and runs those again that stand before it, in their order.
Task<Result<StepResult>> Round::act_flush(const config::Step& step, Site& site) {
    StepResult result;
    PGPRIMER_CO_TRY(const auto actions, decide(step, site));
    result.why = actions.front().why;
    if (actions.front().what == plan::What::skip) {
        result.unchanged = 1;
        co_return result;
    }
    const auto& kind = std::get<config::Flush>(step.kind);
    const Deadline deadline = step.timeout ? working().within(*step.timeout) : working();
    PGPRIMER_CO_TRY(pg::Connection * session, co_await work_session(step));
    const steps::Context hands = context(site);
    PGPRIMER_CO_CHECK(co_await steps::prepare_session(*session, step, hands, deadline));
    PGPRIMER_CO_TRY(const auto flush, co_await steps::look_flush(*session, kind, config_.ledger_schema, deadline));
    unit_in_work_ = "flush";
    const std::string s = quote_identifier(config_.ledger_schema), project = quote_literal(config_.project);
    std::string sql =
        "BEGIN; " + ledger::claim_sql(hands.identity, hands.run, row(step, "flush", plan::State::done, plan_id()), ledger::expects_anything()) + "; ";
    if (step.set_role) sql += "SET LOCAL ROLE " + quote_identifier(*step.set_role) + "; ";
    if (const std::string truncate = steps::truncate_sql(flush); !truncate.empty()) sql += truncate + "; ";
    if (step.set_role) sql += "SET LOCAL ROLE NONE; ";
    for (const auto& id : kind.invalidates) {
        for (const char* table : {"unit", "step"})
            sql += "DELETE FROM " + s + "." + table + " WHERE project = " + project + " AND step = " + quote_literal(*id) + "; ";
    }
    sql += "COMMIT";
    auto flushing = session->query(std::move(sql), deadline);
    auto done = co_await watched(step, "flush", session, std::move(flushing));
    if (!done) {
        Diagnostic why = done.error();
        [[maybe_unused]] const auto ended = co_await session->query("ROLLBACK", working().cleanup());
        if (ledger::is_overtaken(why.sqlstate)) why.error = Error::lost;
        co_return why;
    }
    world_.bus->publish(event::Message{
        event::Level::info, "truncated " + std::to_string(flush.truncated.size()) + " tables, kept " + std::to_string(flush.kept.size()), step.name});
    unit_in_work_.clear();
    site.remember(row(step, "flush", plan::State::done, plan_id()));
    result.applied = 1;
    forget_voided(kind, site);
    for (const config::Step& voided : config_.steps) {
        const bool had_its_turn = done_.contains(voided.id) || failed_.contains(voided.id);
        if (!is_invalidated(kind, voided) || !had_its_turn) continue;
        const auto again = co_await one_step(voided);
        unit_in_work_.clear();  // what failed was a unit of that step, and is recorded as such
        if (!again) co_return again.error();
    }
    co_return result;
}

bool Round::is_invalidated(const config::Flush& flush, const config::Step& step) {
    return std::ranges::any_of(flush.invalidates, [&step](const auto& id) { return *id == step.id; });
}

// What was read of their records is void as well, and --only does not keep them from coming back: that is a part of the flush.
void Round::forget_voided(const config::Flush& flush, Site& site) {
    for (const auto& id : flush.invalidates) {
        site.snapshot.units.erase(*id);
        std::erase_if(site.digests, [&id](const auto& row) { return row.step == *id; });
        again_.insert(*id);
    }
}

}  // namespace pgprimer::engine
