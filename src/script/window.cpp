#include "window.hpp"

#include <algorithm>

namespace pgprimer::script {
namespace {

constexpr std::size_t most_statements = 256;
constexpr std::size_t most_bytes = 256U << 10U;
constexpr std::size_t flush_every = 32;
constexpr int commands = 3;  // BEGIN, the statement, COMMIT

// In a transaction refused, outside one allowed: the statement is sent again as it is. Not so 2D000: what may commit, CALL and DO, is not sent ahead.
bool wants_no_transaction(const Diagnostic& why) { return why.sqlstate == "25001"; }

}  // namespace

bool Window::takes(const sql::Statement& s) const {
    const sql::Traits& t = s.traits;
    if (!t.is_plain || s.multiple || s.alone || s.then || s.unfinished || t.verb == "LOCK" || s.text.size() > most_bytes) return false;
    if (!session_.world().ahead || Session::sees_commits(s) || session_.acts_alone() || !session_.variables().autocommit()) return false;
    return open_ || session_.connection().transaction_state() == pg::TransactionState::idle;
}

Task<Result<bool>> Window::answers_by_rules(const sql::Statement& s) {
    const std::string& verb = s.traits.verb;
    const bool fires = verb.starts_with("INSERT") || verb.starts_with("UPDATE") || verb.starts_with("DELETE") || verb.starts_with("WITH");
    if (!fires || session_.drops_results()) co_return false;
    if (s.text.find("pg_settings") != std::string::npos) co_return true;  // the system's only one that does
    if (!session_.knows_rules()) {
        PGPRIMER_CO_CHECK(co_await settle());  // one of those before it may make a rule
        if (session_.connection().transaction_state() != pg::TransactionState::idle) co_return true;
        PGPRIMER_CO_CHECK(co_await session_.look_for_rules());
    }
    co_return session_.names_ruled(s);
}

Result<void> Window::send(const sql::Statement& statement) {
    pg::Connection& connection = session_.connection();
    PGPRIMER_CHECK(connection.push("BEGIN"));
    PGPRIMER_CHECK(connection.push(statement.sent()));
    PGPRIMER_CHECK(connection.push("COMMIT"));
    bytes_ += statement.text.size();
    return {};
}

// The first one waits: a statement that stands alone among others that cannot be sent ahead is sent as it is.
Task<Result<void>> Window::add(StatementPtr statement) {
    sent_.push_back(std::move(statement));
    session_.variables().unsettled(true);
    if (sent_.size() < 2 && !open_) co_return Result<void>{};
    if (!open_) {
        PGPRIMER_CO_CHECK(co_await session_.commit_lazily());
        PGPRIMER_CO_CHECK(session_.connection().enter_pipeline());
        open_ = true;
        for (const auto& one : sent_) PGPRIMER_CO_CHECK(send(*one));
    } else {
        PGPRIMER_CO_CHECK(send(*sent_.back()));
    }
    if (sent_.size() % flush_every == 0) PGPRIMER_CO_CHECK(session_.connection().flush_request());
    if (sent_.size() < most_statements && bytes_ < most_bytes) co_return Result<void>{};
    PGPRIMER_CO_CHECK(session_.connection().flush_request());
    while (open_ && (sent_.size() > most_statements / 2 || bytes_ > most_bytes / 2)) PGPRIMER_CO_CHECK(co_await take_one());
    co_return Result<void>{};
}

// The oldest statement's results, of its BEGIN and COMMIT too. What is returned is a failure of the connection; its own is in `failure`.
Task<Result<void>> Window::outcome(const sql::Statement& statement, std::optional<Diagnostic>& failure) {
    std::optional<pg::Rows> result;
    session_.note_place(statement);
    for (int i = 0; i < commands; ++i) {
        if (i == 1 && session_.drops_results()) session_.connection().one_by_one();
        while (true) {
            auto reply = co_await session_.connection().next_result(session_.deadline());
            if (!reply) {
                Diagnostic why = session_.placed(reply.error(), statement);
                if (why.error == Error::lost && sent_.size() > 1 && why.hint.empty())
                    why.hint = "what stands from here to " + to_string(sent_.back()->place) + " had been sent ahead: see what of it was carried out";
                co_return why;
            }
            if (reply->kind == pg::Reply::Kind::done) break;
            if (reply->kind == pg::Reply::Kind::error && !failure) failure = std::move(reply->error);
            if (reply->kind == pg::Reply::Kind::rows && i == 1 && !reply->partial) result = std::move(reply->rows);
        }
    }
    session_.note_done();
    if (failure) failure = session_.placed(std::move(*failure), statement);
    if (result && !failure) {
        session_.note_outcome(*result);
        if (auto shown = co_await session_.show(*result); !shown) co_return session_.placed(shown.error(), statement);
    }
    co_return Result<void>{};
}

// Sync, and what was skipped after an error is read away. A failed transaction is rolled back.
Task<Result<void>> Window::end_pipeline() {
    pg::Connection& connection = session_.connection();
    PGPRIMER_CO_CHECK(connection.sync());
    while (true) {
        PGPRIMER_CO_TRY(const auto reply, co_await connection.next_result(session_.deadline()));
        if (reply.kind == pg::Reply::Kind::sync) break;
    }
    PGPRIMER_CO_CHECK(connection.leave_pipeline());
    open_ = false;
    co_await session_.roll_back();
    co_return Result<void>{};
}

Task<Result<void>> Window::take_one() {
    const StatementPtr statement = sent_.front();
    std::optional<Diagnostic> failure;
    PGPRIMER_CO_CHECK(co_await outcome(*statement, failure));
    sent_.pop_front();
    bytes_ -= std::min(bytes_, statement->text.size());
    ++executed_;
    if (!failure) co_return Result<void>{};
    PGPRIMER_CO_CHECK(co_await end_pipeline());
    bytes_ = 0;
    if (wants_no_transaction(*failure)) {
        failure.reset();
        if (auto done = co_await session_.execute_as_psql(*statement); !done) failure = done.error();
    } else {
        session_.note_failure(*failure);
    }
    if (failure && !session_.forgives(*failure)) co_return std::move(*failure);
    if (sent_.empty()) co_return Result<void>{};
    PGPRIMER_CO_CHECK(session_.connection().enter_pipeline());
    open_ = true;
    for (const auto& one : sent_) PGPRIMER_CO_CHECK(send(*one));
    co_return session_.connection().flush_request();
}

Task<Result<void>> Window::settle() {
    if (!open_ && !sent_.empty()) {
        const StatementPtr statement = sent_.front();
        sent_.pop_front();
        session_.variables().unsettled(false);
        ++executed_;
        auto done = co_await session_.execute_as_psql(*statement);
        if (!done && !session_.forgives(done.error())) co_return done.error();
        co_return Result<void>{};
    }
    if (open_) PGPRIMER_CO_CHECK(session_.connection().flush_request());
    while (!sent_.empty()) PGPRIMER_CO_CHECK(co_await take_one());
    if (open_) PGPRIMER_CO_CHECK(co_await end_pipeline());
    session_.variables().unsettled(false);
    co_return Result<void>{};
}

}  // namespace pgprimer::script
