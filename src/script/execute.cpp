#include "session.hpp"

namespace pgprimer::script {

Result<void> Session::skip_data(const sql::Statement& statement) {
    if (!statement.traits.copy_from_stdin) return {};
    while (true) {
        auto piece = open_.back().reader->copy_data();
        if (!piece) return piece.error();
        if (!piece.value()) return {};
    }
}

// Feeds the inline data. A failure of reading it fails the COPY, so that half of it is never committed.
Task<Result<void>> Session::feed(Diagnostic* failure) {
    while (true) {
        auto piece = open_.back().reader->copy_data();
        if (!piece) {
            *failure = piece.error();
            co_return co_await connection().end_copy("the data could not be read", deadline_);
        }
        if (!piece.value()) co_return co_await connection().end_copy(std::nullopt, deadline_);
        PGPRIMER_CO_CHECK(co_await connection().put_copy(*piece.value(), deadline_));
    }
}

Task<Result<void>> Session::drain_out() {
    while (true) {
        PGPRIMER_CO_TRY(const auto piece, co_await connection().get_copy(deadline_));
        if (!piece) co_return Result<void>{};
        if (world_.on_copy_out) world_.on_copy_out(*piece);
    }
}

Task<Result<void>> Session::execute(const sql::Statement& statement) {
    place_ = statement.place;
    if (auto sent = connection().send(statement.text); !sent) co_return placed(sent.error(), statement);
    std::optional<Diagnostic> failure;
    bool took_data = false;
    while (true) {
        auto reply = co_await connection().next_result(deadline_);
        if (!reply) co_return placed(reply.error(), statement);
        if (reply->kind == pg::Reply::Kind::done) break;
        if (reply->kind == pg::Reply::Kind::error && !failure) failure = reply->error;
        if (reply->kind == pg::Reply::Kind::rows && world_.on_rows && !failure) world_.on_rows(reply->rows);
        if (reply->kind == pg::Reply::Kind::copy_in) {
            took_data = true;
            Diagnostic unreadable;
            if (auto fed = co_await feed(&unreadable); !fed) {
                // The server refused the data in the middle: its own error comes as the next result; the rest of the lines is no SQL.
                if (fed.error().error == Error::stopped || fed.error().error == Error::lost) co_return placed(fed.error(), statement);
                if (auto skipped = skip_data(statement); !skipped) co_return placed(skipped.error(), statement);
            }
            if (!unreadable.message.empty() && !failure) failure = std::move(unreadable);
        }
        if (reply->kind == pg::Reply::Kind::copy_out) {
            if (auto drained = co_await drain_out(); !drained) co_return placed(drained.error(), statement);
        }
    }
    if (!took_data) {
        if (auto skipped = skip_data(statement); !skipped && !failure) failure = skipped.error();
    }
    if (failure) co_return placed(std::move(*failure), statement);
    co_return Result<void>{};
}

Task<Result<void>> Session::internal(std::string sql) {
    auto done = co_await connection().query(std::move(sql), deadline_);
    if (!done) co_return done.error();
    co_return Result<void>{};
}

Task<Result<void>> Session::internal_home(std::string sql) {
    auto done = co_await home_.query(std::move(sql), deadline_);
    if (!done) co_return done.error();
    co_return Result<void>{};
}

Task<void> Session::roll_back() {
    const auto state = connection().transaction_state();
    if (!connection().alive() || state == pg::TransactionState::idle || state == pg::TransactionState::unknown) co_return;
    [[maybe_unused]] const auto ignored = co_await connection().query("ROLLBACK", Deadline::after(std::chrono::seconds{2}));
}

}  // namespace pgprimer::script
