#include "pgprimer/base/text.hpp"
#include "session.hpp"

namespace pgprimer::script {
namespace {

std::string begin_sql(const Unit& unit) { return unit.survey.begin_options.empty() ? "BEGIN" : "BEGIN " + unit.survey.begin_options; }

std::string claim_last_sql(const Unit& unit) { return "SET LOCAL SESSION AUTHORIZATION DEFAULT; SET LOCAL ROLE NONE; " + unit.claim; }

std::vector<std::string> prelude(const Unit& unit) {
    std::vector<std::string> out{begin_sql(unit)};
    if (!unit.survey.sets_transaction) {
        out.push_back(unit.claim);
        if (!unit.role.empty()) out.push_back("SET LOCAL ROLE " + quote_identifier(unit.role));
    }
    return out;
}

// The script's own BEGIN and COMMIT give way to ours.
bool is_wrapping(const Unit& unit, const sql::Statement& statement) {
    using Control = sql::Traits::Control;
    return unit.survey.wrapped && (statement.traits.control == Control::begin || statement.traits.control == Control::commit);
}

Diagnostic left_transaction(const Session& session, const sql::Statement& statement) {
    Diagnostic failure(Error::failed, "this statement ended the transaction that the script runs in");
    failure.sqlstate = "2D000";
    failure.hint = "set transaction = \"stepwise\" for this step";
    return session.placed(std::move(failure), statement);
}

Task<Result<Played>> finish(Session& session, Played played) {
    const Unit& unit = session.unit();
    if (unit.survey.sets_transaction) {
        if (auto claimed = co_await session.internal(claim_last_sql(unit)); !claimed) co_return claimed.error();
    }
    if (auto committed = co_await session.internal("COMMIT"); !committed) {
        Diagnostic failure = committed.error();
        if (failure.error == Error::failed) {
            failure.place = {unit.script.name, 0, 0};
            failure.detail += std::string(failure.detail.empty() ? "" : "\n") + "raised at the end of the script, by COMMIT";
            failure.step = unit.step;
        }
        co_return failure;
    }
    co_return played;
}

Task<Result<void>> step(Session& session, const sql::Statement& statement, Played& played) {
    if (is_wrapping(session.unit(), statement)) co_return Result<void>{};
    PGPRIMER_CO_CHECK(co_await session.execute(statement));
    ++played.statements;
    if (session.connection().transaction_state() == pg::TransactionState::idle) co_return left_transaction(session, statement);
    co_return Result<void>{};
}

Task<Result<void>> send_prelude(Session& session) {
    const auto parts = prelude(session.unit());
    co_return co_await session.internal(join(parts, "; "));
}

// Statements read ahead that are to be sent as one window.
constexpr std::size_t window_bytes = 1U << 20U;
constexpr std::size_t window_statements = 2000;

}  // namespace

Task<Result<Played>> play_whole(Session& session) {
    Played played;
    PGPRIMER_CO_CHECK(co_await send_prelude(session));
    while (true) {
        PGPRIMER_CO_TRY(const StatementPtr statement, co_await session.next());
        if (!statement) break;
        PGPRIMER_CO_CHECK(co_await step(session, *statement, played));
    }
    co_return co_await finish(session, played);
}

Task<Result<Played>> play_pipelined(Session& session) {
    // Read first: what is too much for one window goes one by one.
    std::vector<StatementPtr> statements;
    std::size_t bytes = 0;
    bool all = false;
    while (bytes < window_bytes && statements.size() < window_statements) {
        PGPRIMER_CO_TRY(StatementPtr statement, co_await session.next());
        if (!statement) {
            all = true;
            break;
        }
        bytes += statement->text.size();
        if (!is_wrapping(session.unit(), *statement)) statements.push_back(std::move(statement));
    }
    Played played;
    if (!all) {
        PGPRIMER_CO_CHECK(co_await send_prelude(session));
        for (const auto& statement : statements) PGPRIMER_CO_CHECK(co_await step(session, *statement, played));
        while (true) {
            PGPRIMER_CO_TRY(const StatementPtr statement, co_await session.next());
            if (!statement) break;
            PGPRIMER_CO_CHECK(co_await step(session, *statement, played));
        }
        co_return co_await finish(session, played);
    }

    // BEGIN, the row, the statements, COMMIT, one Sync: an error skips all that follows it.
    pg::Connection& connection = session.connection();
    PGPRIMER_CO_CHECK(connection.enter_pipeline());
    const auto before = prelude(session.unit());
    for (const auto& sql : before) PGPRIMER_CO_CHECK(connection.push(sql));
    for (const auto& statement : statements) PGPRIMER_CO_CHECK(connection.push(statement->text));
    PGPRIMER_CO_CHECK(connection.push("COMMIT"));
    PGPRIMER_CO_CHECK(connection.sync());
    std::optional<Diagnostic> failure;
    const std::size_t count = before.size() + statements.size() + 1;
    for (std::size_t i = 0; i < count; ++i) {
        const bool ours = i < before.size() || i == count - 1;
        if (!ours) session.note_place(*statements[i - before.size()]);
        while (true) {
            auto reply = co_await connection.next_result(session.deadline());
            if (!reply) co_return ours ? reply.error() : session.placed(reply.error(), *statements[i - before.size()]);
            if (reply->kind == pg::Reply::Kind::done) break;
            if (reply->kind != pg::Reply::Kind::error || failure) continue;
            failure = reply->error;
            if (!ours)
                failure = session.placed(std::move(*failure), *statements[i - before.size()]);
            else if (i == count - 1) {
                failure->place = {session.unit().script.name, 0, 0};
                failure->detail += std::string(failure->detail.empty() ? "" : "\n") + "raised at the end of the script, by COMMIT";
                failure->step = session.unit().step;
            }
        }
    }
    PGPRIMER_CO_TRY(const auto synced, co_await connection.next_result(session.deadline()));
    PGPRIMER_CO_CHECK(connection.leave_pipeline());
    if (failure) co_return std::move(*failure);
    played.statements = statements.size();
    co_return played;
}

}  // namespace pgprimer::script
