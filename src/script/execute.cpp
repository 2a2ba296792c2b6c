// Sends statements and takes their results, inline COPY data with them.
#include <fmt/format.h>

#include "session.hpp"

namespace pgprimer::script {
namespace {

// Those whose tag psql prints beside their table.
bool changes_rows(std::string_view tag) {
    return tag.starts_with("INSERT") || tag.starts_with("UPDATE") || tag.starts_with("DELETE") || tag.starts_with("MERGE");
}

struct Done {
    explicit Done(Session& session) : session_(session) {}
    Done(const Done&) = delete;
    Done& operator=(const Done&) = delete;
    ~Done() { session_.note_done(); }

private:
    Session& session_;
};

}  // namespace

Result<void> Session::skip_data(const sql::Statement& statement, int taken) {
    for (; taken < statement.traits.copies_in; ++taken) {
        while (true) {
            auto piece = open_.back().reader->copy_data();
            if (!piece) return piece.error();
            if (!piece.value()) break;
        }
    }
    return {};
}

// Feeds the data. A failure of reading it fails the COPY, so that half of it is never committed.
Task<Result<void>> Session::feed(const Ends& ends, bool binary, Diagnostic* failure) {
    while (true) {
        Result<std::optional<std::string_view>> piece = std::optional<std::string_view>{};
        if (ends.read)
            piece = co_await ends.read(binary);
        else if (open_.empty() || binary)
            piece = Diagnostic(Error::failed, binary ? "binary data cannot stand in a script" : "the script has ended: there is no data");
        else
            piece = open_.back().reader->copy_data();
        if (!piece) {
            *failure = piece.error();
            co_return co_await connection().end_copy("the data could not be read", deadline_);
        }
        if (!piece.value()) co_return co_await connection().end_copy(std::nullopt, deadline_);
        PGPRIMER_CO_CHECK(co_await connection().put_copy(*piece.value(), deadline_));
    }
}

Task<Result<void>> Session::drain_out(Target& to) {
    while (true) {
        PGPRIMER_CO_TRY(const auto piece, co_await connection().get_copy(deadline_));
        if (!piece) co_return Result<void>{};
        to.write(*piece);
        PGPRIMER_CO_CHECK(co_await to.settle(deadline_));
    }
}

// The rows that are there of a result that comes one by one.
Task<Result<void>> Session::show_part(Part& part, bool ends) {
    print_.encoding = connection().parameter("client_encoding");
    pg::PrintOptions shape = print_;
    shape.begins = part.before == 0;
    shape.ends = ends;
    shape.before = part.before;
    pg::print(part.rows, shape, [this](std::string_view text) { return results_->write(text); });
    part.before += static_cast<unsigned long>(part.rows.size());
    part.rows = part.rows.emptied();
    co_return co_await results_->settle(deadline_);
}

Task<Result<void>> Session::add_to_part(Part& part, const pg::Rows& row) {
    if (!part.any) part = {row.emptied(), true, 0};
    if (!part.rows.append(row)) co_return Diagnostic(Error::failed, "there is no memory for the rows: lower FETCH_COUNT");
    if (part.rows.size() < variables_.fetch_count()) co_return Result<void>{};
    co_return co_await show_part(part, false);
}

// As psql prints a result: its table, or its command's tag.
Task<Result<void>> Session::show(const pg::Rows& rows, Part* part) {
    if (skipping_ || results_->drops()) co_return Result<void>{};
    print_.encoding = connection().parameter("client_encoding");
    if (part != nullptr && part->any) {
        PGPRIMER_CO_CHECK(co_await show_part(*part, true));
        *part = Part{};
    } else if (rows.has_table()) {
        pg::print(rows, print_, [this](std::string_view text) { return results_->write(text); });
    }
    const std::string tag = rows.command_tag();
    if (world_.tags && !variables_.quiet() && !tag.empty() && (!rows.has_table() || changes_rows(tag)))
        results_->write(print_.format == pg::PrintFormat::html ? "<p>" + tag + "</p>\n" : tag + "\n");
    co_return co_await results_->settle(deadline_);
}

// All results but the last are printed; the last one as `last` says. Its rows are returned.
Task<Result<pg::Rows>> Session::take(const sql::Statement& statement, Last last, const Ends& ends) {
    note_place(statement);
    const Done done(*this);
    if (nowhere_) {
        if (auto skipped = skip_data(statement); !skipped) co_return placed(skipped.error(), statement);
        Diagnostic lost(Error::failed, "there is no connection: \\connect failed");
        co_return placed(std::move(lost), statement);
    }
    Result<void> sent;
    if (bound_) {
        pg::Parameters parameters(bound_->begin(), bound_->end());
        bound_.reset();
        sent = connection().send(statement.sent(), parameters);
    } else {
        sent = connection().send(statement.sent());
    }
    if (!sent) co_return placed(sent.error(), statement);
    const bool drops = skipping_ || results_->drops(), in_parts = last == Last::print && !drops && variables_.fetch_count() > 0;
    if (in_parts || (drops && last == Last::print)) connection().one_by_one();
    std::optional<Diagnostic> failure;
    std::optional<pg::Rows> rows;
    Part part;
    int blocks = 0;
    bool copied_out = false;  // to where its tag would go: psql leaves that out
    while (true) {
        auto reply = co_await connection().next_result(deadline_);
        if (!reply) co_return placed(reply.error(), statement);
        if (rows && !failure && (reply->kind != pg::Reply::Kind::done || last == Last::print)) {
            note_outcome(*rows);
            if (!std::exchange(copied_out, false)) {
                if (auto shown = co_await show(*rows, &part); !shown) failure = shown.error();
            }
        }
        if (reply->kind == pg::Reply::Kind::done) break;
        rows.reset();
        if (reply->partial) {
            if (in_parts && !failure) {
                if (auto added = co_await add_to_part(part, reply->rows); !added) failure = added.error();
            }
            continue;
        }
        if (reply->kind == pg::Reply::Kind::error && !failure) failure = reply->error;
        if (reply->kind == pg::Reply::Kind::rows) rows = std::move(reply->rows);
        if (reply->kind == pg::Reply::Kind::copy_in) {
            ++blocks;
            Diagnostic unreadable;
            if (auto fed = co_await feed(ends, reply->binary, &unreadable); !fed) {
                // The server refused the data in the middle: its own error comes as the next result; the rest of the lines is no SQL.
                if (fed.error().error == Error::stopped || fed.error().error == Error::lost) co_return placed(fed.error(), statement);
                if (!ends.read) {
                    if (auto skipped = skip_data(statement, statement.traits.copies_in - 1); !skipped) co_return placed(skipped.error(), statement);
                }
            }
            if (!unreadable.message.empty() && !failure) failure = std::move(unreadable);
        }
        if (reply->kind == pg::Reply::Kind::copy_out) {
            auto drained = co_await drain_out(ends.write != nullptr ? *ends.write : skipping_ ? dropped_ : *results_);
            if (!drained) co_return placed(drained.error(), statement);
            copied_out = ends.write == nullptr || ends.to_results;
        }
    }
    if (auto skipped = skip_data(statement, blocks); !skipped && !failure) failure = skipped.error();
    if (failure) {
        note_failure(*failure);
        co_return placed(std::move(*failure), statement);
    }
    if (!rows) rows.emplace();
    if (last == Last::keep) note_outcome(*rows);
    co_return std::move(*rows);
}

Task<Result<void>> Session::execute_as_psql(const sql::Statement& statement) {
    if (variables_.echo() == Variables::Echo::queries) say(statement.sent() + "\n");
    using Control = sql::Traits::Control;
    using pg::TransactionState;
    const sql::Traits& traits = statement.traits;
    const bool controls = traits.control != Control::none;
    const bool begins = !variables_.autocommit() && (!controls || traits.control == Control::savepoint) && !traits.refuses_transaction;
    if (begins && !nowhere_ && connection().transaction_state() == TransactionState::idle) PGPRIMER_CO_CHECK(co_await internal("BEGIN"));
    const bool guards = variables_.rolls_back_to_savepoints() && !nowhere_ && connection().transaction_state() == TransactionState::in_transaction;
    if (guards) PGPRIMER_CO_CHECK(co_await internal("SAVEPOINT pg_psql_temporary_savepoint"));
    const auto began = SteadyClock::now();
    auto done = co_await execute(statement);
    if (!done && variables_.echo() == Variables::Echo::errors) {
        Diagnostic why = done.error();
        why.statement = statement.sent();
        done = std::move(why);
    }
    if (times_) say(fmt::format("Time: {:.3f} ms\n", std::chrono::duration<double, std::milli>(SteadyClock::now() - began).count()));
    if (!guards || !connection().alive()) co_return done;
    if (connection().transaction_state() == TransactionState::failed) {
        PGPRIMER_CO_CHECK(co_await internal("ROLLBACK TO pg_psql_temporary_savepoint"));
    } else if (connection().transaction_state() == TransactionState::in_transaction && !controls) {
        PGPRIMER_CO_CHECK(co_await internal("RELEASE pg_psql_temporary_savepoint"));
    }
    co_return done;
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
    [[maybe_unused]] const auto ignored = co_await connection().query("ROLLBACK", deadline_.cleanup());
}

}  // namespace pgprimer::script
