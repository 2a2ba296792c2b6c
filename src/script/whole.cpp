#include "whole.hpp"

#include "pgprimer/base/text.hpp"
#include "session.hpp"

namespace pgprimer::script {
namespace {

std::string claim_last_sql(const Unit& unit) { return "SET LOCAL SESSION AUTHORIZATION DEFAULT; SET LOCAL ROLE NONE; " + unit.claim; }

Diagnostic left_transaction(const Session& session, const sql::Statement& statement) {
    Diagnostic failure(Error::failed, "this statement ended the transaction that the script runs in");
    failure.sqlstate = "2D000";
    failure.hint = "set transaction = \"stepwise\" for this step";
    return session.placed(std::move(failure), statement);
}

}  // namespace

std::vector<std::string> prelude(const Unit& unit) {
    std::vector<std::string> out{unit.survey.begin_options.empty() ? "BEGIN" : "BEGIN " + unit.survey.begin_options};
    if (!unit.survey.sets_transaction) {
        out.push_back(unit.claim);
        if (!unit.role.empty()) out.push_back("SET LOCAL ROLE " + quote_identifier(unit.role));
    }
    return out;
}

bool gives_way(const Unit& unit, const sql::Statement& statement) {
    using Control = sql::Traits::Control;
    return unit.survey.wrapped && (statement.traits.control == Control::begin || statement.traits.control == Control::commit);
}

Diagnostic raised_by_commit(Diagnostic failure, const Unit& unit) {
    if (failure.error != Error::failed) return failure;
    failure.place = {unit.script.name, 0, 0};
    failure.detail += std::string(failure.detail.empty() ? "" : "\n") + "raised at the end of the script, by COMMIT";
    failure.step = unit.step;
    return failure;
}

Task<Result<Played>> play_whole(Session& session) {
    const Unit& unit = session.unit();
    Played played;
    const auto first = prelude(unit);
    PGPRIMER_CO_CHECK(co_await session.internal(join(first, "; ")));
    while (true) {
        PGPRIMER_CO_TRY(const StatementPtr statement, co_await session.next());
        if (!statement) break;
        if (gives_way(unit, *statement)) continue;
        PGPRIMER_CO_CHECK(co_await session.execute(*statement));
        ++played.statements;
        if (session.connection().transaction_state() == pg::TransactionState::idle) co_return left_transaction(session, *statement);
    }
    if (unit.survey.sets_transaction) PGPRIMER_CO_CHECK(co_await session.internal(claim_last_sql(unit)));
    if (auto committed = co_await session.internal("COMMIT"); !committed) co_return raised_by_commit(committed.error(), unit);
    co_return played;
}

}  // namespace pgprimer::script
