// Each statement, or block of the script's own, commits with a progress row; what no transaction covers is recorded before and after.
#include <string.h>  // strcasestr

#include <utility>

#include "pgprimer/sql/settling.hpp"
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

// Building an index CONCURRENTLY waits for every older transaction, and meanwhile nobody waits for it.
bool waits_harmlessly(const sql::Statement& statement) {
    const std::string& verb = statement.traits.verb;
    return statement.traits.refuses_transaction && !verb.starts_with("ALTER") && ::strcasestr(statement.text.c_str(), "concurrently") != nullptr;
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
            const bool begun = unit_.interrupted && statement->number == unit_.resume->statement;
            if (unit_.resume && statement->number <= unit_.resume->statement && !begun) {
                PGPRIMER_CO_CHECK(co_await skip(*statement));
                continue;
            }
            session_.skipping(false);
            auto work = begun ? settle(*statement) : one(*statement);
            auto done = co_await std::move(work);
            if (!done && !session_.forgives(done.error())) co_return done.error();
            ++played_.statements;
        }
        if (unit_.resume && last_.statement < unit_.resume->statement && !unit_.resume->prefix.empty()) co_return changed_prefix();
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
        return failure.with_hint("restore those statements; or go on after that statement of the file as it is now: pgprimer repair --accept " +
                                 unit_.called + "; or " + other_ways());
    }
    [[nodiscard]] bool is_changed() const { return !unit_.resume->prefix.empty() && last_.prefix != unit_.resume->prefix; }
    [[nodiscard]] std::string other_ways() const {
        return "run it from its beginning: pgprimer repair --start-over " + unit_.called +
               "; or, where all of it is there, record it as applied: pgprimer baseline " + unit_.called;
    }

    // A statement before the place where it goes on: not executed, but for what only shapes the session.
    Task<Result<void>> skip(const sql::Statement& statement) {
        session_.skipping(true);
        if (statement.traits.lives_in_session) {
            Diagnostic failure(Error::disagreement, "the script was interrupted after statement " + std::to_string(unit_.resume->statement) +
                                                        " and cannot go on: an earlier statement lives in the session only (" +
                                                        statement.traits.verb + ")");
            failure.hint = other_ways();
            co_return session_.placed(std::move(failure), statement);
        }
        if (statement.number == unit_.resume->statement && is_changed()) co_return changed_prefix();
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
        PGPRIMER_CO_CHECK(co_await hold());
        co_return co_await held(statement);
    }

    Task<Result<void>> held(const sql::Statement& statement) {
        Position begun = last_;
        begun.prefix = before_.prefix + " " + last_.prefix;
        PGPRIMER_CO_CHECK(co_await note(Mark::started, begun, true));
        const bool patiently = !unit_.patient.empty() && waits_harmlessly(statement);
        if (patiently) PGPRIMER_CO_CHECK(co_await session_.internal(unit_.patient));
        auto done = co_await session_.execute(statement);
        if (patiently && (done || done.error().error == Error::failed)) PGPRIMER_CO_CHECK(co_await session_.internal(unit_.impatient));
        if (!done) {
            Diagnostic failure = done.error();
            if (failure.error != Error::failed) co_return failure;
            // It ended, and the server says how: what stands is the step before it. What it has left is cleared away here, or by the next run, for
            // which it then stays as begun.
            if (const auto cleared = co_await clear_after(statement, failure); cleared) {
                [[maybe_unused]] const auto recorded = co_await note(Mark::partial, before_, false);
            } else {
                failure.hint = "what it left could not be cleared away (" + cleared.error().message + "): the next run does that";
            }
            [[maybe_unused]] const auto freed = co_await session_.internal(unit_.let_go);
            co_return failure;
        }
        co_return co_await ended();
    }

    // One that was begun by an earlier run and of which nobody has seen the end.
    Task<Result<void>> settle(const sql::Statement& statement) {
        if (is_changed()) co_return changed_prefix();
        const sql::Settling settling = sql::settling_of(statement);
        if (settling.how == sql::Settling::How::unknown || session_.is_away()) co_return session_.placed(unit_.unsettled(last_), statement);
        PGPRIMER_CO_CHECK(co_await hold());
        const auto cleared = co_await clear(settling);
        if (!cleared) co_return session_.placed(cleared.error(), statement);
        if (*cleared == "done" || *cleared == "instead") {
            say(statement, *cleared == "done" ? "it took effect, going on after it" : "finished now");
            co_return co_await ended();
        }
        const bool repeats = settling.how == sql::Settling::How::repeat;
        say(statement, *cleared == "first" ? "executing it again"
                       : repeats           ? "executing it again, which does no harm"
                                           : "it had no effect, executing it again");
        co_return co_await held(statement);
    }

    // Asks what became of it and executes what that takes. The kind of the last row; "" for none.
    Task<Result<std::string>> clear(const sql::Settling& settling) {
        std::string kind;
        if (settling.question.empty()) co_return kind;
        PGPRIMER_CO_TRY(const pg::Rows rows, co_await session_.connection().query(settling.question, session_.deadline()));
        for (int i = 0; i < rows.size(); ++i) {
            kind = rows.at(i, 0);
            if (kind == "done") continue;
            PGPRIMER_CO_CHECK(co_await session_.internal(std::string(rows.at(i, 1))));
            if (kind == "first") tell("dropped " + std::string(rows.at(i, 2)) + ", which it had left");
        }
        co_return kind;
    }

    // An index that was there before is not the statement's own.
    Task<Result<void>> clear_after(const sql::Statement& statement, const Diagnostic& failure) {
        const sql::Settling settling = sql::settling_of(statement);
        if (settling.question.find("'first'") == std::string::npos || failure.sqlstate == "42P07") co_return Result<void>{};
        const auto cleared = co_await clear(settling);
        if (!cleared) co_return cleared.error();
        co_return Result<void>{};
    }

    Task<Result<void>> hold() {
        PGPRIMER_CO_TRY(const pg::Rows taken, co_await session_.connection().query(unit_.hold, session_.deadline()));
        if (taken.at(0, 0) == "t") co_return Result<void>{};
        Diagnostic overtaken(Error::failed, "another run of pgprimer has taken over");
        overtaken.sqlstate = "PGP01";
        co_return overtaken;
    }

    Task<Result<void>> note(Mark mark, const Position& position, bool durable) {
        std::string sql = std::string("BEGIN READ WRITE; ") + (durable ? "SET LOCAL synchronous_commit = on; " : "");
        sql += unit_.progress(mark, position) + "; COMMIT";
        co_return co_await session_.internal(std::move(sql));
    }

    Task<Result<void>> ended() {
        PGPRIMER_CO_CHECK(co_await note(Mark::partial, last_, true));
        co_return co_await session_.internal(unit_.let_go);
    }

    void tell(const std::string& text) {
        session_.world().bus->publish(event::Message{event::Level::warning, unit_.script.name + ": " + text, unit_.step});
    }
    void say(const sql::Statement& statement, const char* what) {
        tell("statement " + std::to_string(statement.number) + " (line " + std::to_string(statement.place.line) + ": " + statement.traits.verb +
             ") was interrupted: " + what);
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
