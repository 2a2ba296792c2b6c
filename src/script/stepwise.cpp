// Each statement, or block of the script's own, commits with a progress row; what no transaction covers is recorded before and after.
#include <utility>

#include "session.hpp"

namespace pgprimer::script {
namespace {

using Control = sql::Traits::Control;
using pg::TransactionState;

// A digest of the statements so far, for telling whether a prefix has changed.
class Prefix {
public:
    std::string add(const std::string& statement) {
        io::Digest digest;
        value_ = digest.field(value_).field(statement).hex();
        return value_;
    }

private:
    std::string value_;
};

// Its text and what sends it.
std::string written(const sql::Statement& statement) {
    if (!statement.then) return statement.text;
    std::string out = statement.text + "\\" + statement.then->name;
    for (const auto& argument : statement.then->arguments) out += " " + argument;
    return out;
}

Position position_of(const sql::Statement& statement, std::string prefix) {
    return {statement.number, statement.place.line, statement.traits.verb, std::move(prefix)};
}

class Stepper {
public:
    explicit Stepper(Session& session) : session_(session), unit_(session.unit()) {}

    Task<Result<Played>> play() {
        while (true) {
            PGPRIMER_CO_TRY(const StatementPtr statement, co_await session_.next());
            if (!statement) break;
            before_ = std::exchange(last_, position_of(*statement, prefix_.add(written(*statement))));
            if (unit_.resume && statement->number <= unit_.resume->statement) {
                PGPRIMER_CO_CHECK(co_await skip(*statement));
                continue;
            }
            session_.skipping(false);
            auto done = co_await one(*statement);
            if (!done && !session_.forgives(done.error())) co_return done.error();
            ++played_.statements;
        }
        if (unit_.resume && last_.statement < unit_.resume->statement) co_return changed_prefix();
        if (in_block()) {
            Diagnostic failure(Error::failed, "the script ends inside a transaction that it began: nothing of it was committed");
            failure.place = {unit_.script.name, block_line_, 0};
            failure.step = unit_.step;
            co_return failure.with_hint("add COMMIT");
        }
        // Whatever default_transaction_read_only the script has left.
        std::string done = "BEGIN READ WRITE; " + unit_.progress(Mark::done, last_) + "; COMMIT";
        PGPRIMER_CO_CHECK(co_await session_.internal_home(std::move(done)));
        co_return played_;
    }

private:
    [[nodiscard]] bool in_block() { return session_.connection().transaction_state() != TransactionState::idle; }

    [[nodiscard]] Diagnostic changed_prefix() const {
        Diagnostic failure(Error::disagreement, "the script was interrupted after statement " + std::to_string(unit_.resume->statement) + " (line " +
                                                    std::to_string(unit_.resume->line) + "), and what stands before that has changed since");
        failure.place = {unit_.script.name, unit_.resume->line, 0};
        failure.step = unit_.step;
        return failure.with_hint(
            "restore those statements; or record the file as applied (pgprimer baseline), or run it from its beginning (pgprimer run --force STEP)");
    }

    // A statement before the place where it goes on: not executed, but for what only shapes the session.
    Task<Result<void>> skip(const sql::Statement& statement) {
        session_.skipping(true);
        if (statement.traits.lives_in_session) {
            Diagnostic failure(Error::disagreement, "the script was interrupted after statement " + std::to_string(unit_.resume->statement) +
                                                        " and cannot go on: an earlier statement lives in the session only (" +
                                                        statement.traits.verb + ")");
            failure.hint = "record the file as applied (pgprimer baseline), or run it from its beginning (pgprimer run --force STEP)";
            co_return session_.placed(std::move(failure), statement);
        }
        if (statement.number == unit_.resume->statement && last_.prefix != unit_.resume->prefix) co_return changed_prefix();
        if (statement.traits.changes_settings || statement.traits.sets_role) co_return co_await session_.execute(statement);
        co_return session_.skip_data(statement);
    }

    Task<Result<void>> one(const sql::Statement& statement) {
        if (session_.is_away()) {
            PGPRIMER_CO_CHECK(co_await session_.execute(statement));
            if (!in_block()) PGPRIMER_CO_CHECK(co_await session_.internal_home(unit_.progress(Mark::partial, last_)));
            co_return Result<void>{};
        }
        if (!in_block() && !session_.variables().autocommit() && statement.traits.control == Control::none && !statement.traits.refuses_transaction) {
            block_line_ = statement.place.line;
            PGPRIMER_CO_CHECK(co_await session_.internal("BEGIN"));
            if (!unit_.guard.empty()) PGPRIMER_CO_CHECK(co_await session_.internal(unit_.guard));
        }
        if (in_block()) co_return co_await inside(statement);
        if (statement.traits.control == Control::begin) {
            block_line_ = statement.place.line;
            PGPRIMER_CO_CHECK(co_await session_.execute(statement));
            if (unit_.survey.sets_transaction || unit_.guard.empty()) co_return Result<void>{};
            co_return co_await session_.internal(unit_.guard);
        }
        if (statement.traits.refuses_transaction || statement.traits.may_commit || statement.multiple) co_return co_await uncovered(statement);
        if (statement.traits.control != Control::none) co_return co_await session_.execute(statement);  // a stray COMMIT: the server warns
        co_return co_await covered(statement);
    }

    // In a block of the script's own: progress goes in before its COMMIT.
    Task<Result<void>> inside(const sql::Statement& statement) {
        const bool commits = statement.traits.control == Control::commit || statement.traits.control == Control::prepare_transaction;
        if (commits && session_.connection().transaction_state() == TransactionState::in_transaction) {
            PGPRIMER_CO_CHECK(co_await session_.internal(unit_.progress(Mark::partial, last_)));
        }
        PGPRIMER_CO_CHECK(co_await session_.execute_as_psql(statement));
        if (commits && in_block() && !unit_.guard.empty()) co_return co_await session_.internal(unit_.guard);  // AND CHAIN
        co_return Result<void>{};
    }

    // One transaction for the statement and its progress row.
    Task<Result<void>> covered(const sql::Statement& statement) {
        std::string before = "BEGIN; " + unit_.progress(Mark::partial, last_);
        PGPRIMER_CO_CHECK(co_await session_.internal(std::move(before)));
        auto done = co_await session_.execute(statement);
        if (!done) {
            Diagnostic failure = done.error();
            if (failure.error != Error::failed) co_return failure;
            co_await session_.roll_back();
            const bool refuses = failure.sqlstate == "25001" || failure.sqlstate == "2D000";
            if (refuses && !statement.traits.copy_from_stdin) co_return co_await uncovered(statement);
            co_return failure;
        }
        if (auto committed = co_await session_.internal("COMMIT"); !committed) co_return session_.placed(committed.error(), statement);
        co_return Result<void>{};
    }

    // A statement that no transaction covers: recorded as begun, then as done, the work key held in the session meanwhile.
    Task<Result<void>> uncovered(const sql::Statement& statement) {
        auto held = co_await session_.connection().query(unit_.hold, session_.deadline());
        if (!held) co_return held.error();
        if (held->at(0, 0) != "t") {
            Diagnostic overtaken(Error::failed, "another run of pgprimer has taken over");
            overtaken.sqlstate = "PGP01";
            co_return overtaken;
        }
        std::string before = "BEGIN READ WRITE; SET LOCAL synchronous_commit = on; " + unit_.progress(Mark::started, last_) + "; COMMIT";
        PGPRIMER_CO_CHECK(co_await session_.internal(std::move(before)));
        if (auto done = co_await session_.execute(statement); !done) {
            Diagnostic failure = done.error();
            // It ended, and the server says how: what stands is the step before it.
            if (failure.error == Error::failed) {
                if (failure.hint.empty() && statement.traits.refuses_transaction && statement.traits.verb.ends_with("INDEX CONCURRENTLY"))
                    failure.hint = "it may have left an invalid index, which IF NOT EXISTS takes for the index: DROP INDEX before the next run";
                std::string undone = "BEGIN READ WRITE; " + unit_.progress(Mark::partial, before_) + "; COMMIT; " + unit_.let_go;
                [[maybe_unused]] const auto recorded = co_await session_.internal(std::move(undone));
            }
            co_return failure;
        }
        std::string after =
            "BEGIN READ WRITE; SET LOCAL synchronous_commit = on; " + unit_.progress(Mark::partial, last_) + "; COMMIT; " + unit_.let_go;
        PGPRIMER_CO_CHECK(co_await session_.internal(std::move(after)));
        co_return Result<void>{};
    }

    Session& session_;
    const Unit& unit_;
    Prefix prefix_;
    Position last_, before_;
    Played played_;
    int block_line_ = 0;
};

}  // namespace

Task<Result<Played>> play_stepwise(Session& session) {
    Stepper stepper(session);
    co_return co_await stepper.play();
}

}  // namespace pgprimer::script
