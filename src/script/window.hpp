#pragma once
// Statements sent ahead of their results, where that keeps psql's meaning: BEGIN, one statement, COMMIT each, in one pipeline. An error skips all
// that was sent after it; nothing of that was executed, so it may be sent again. (FACTS 6 and 8: implicit transactions over several statements would
// not do: their sequences are not rolled back.)
#include <deque>

#include "session.hpp"

namespace pgprimer::script {

class Window {
public:
    explicit Window(Session& session) : session_(session) {}

    // Whether its outcome can be waited for later: an ordinary statement, outside a transaction, whose results do not matter for reading on.
    [[nodiscard]] bool takes(const sql::Statement& statement) const;
    // Whether rules of a table or view may answer beside it. Sent ahead, a statement gives back nothing but what is its own.
    Task<Result<bool>> answers_by_rules(const sql::Statement& statement);
    // Sends it; takes results of earlier ones where many are on the way.
    Task<Result<void>> add(StatementPtr statement);
    // All that was sent has ended. A failure is of the first statement that failed, unless ON_ERROR_STOP is off: then it is passed over, and what
    // stood behind it is sent again.
    Task<Result<void>> settle();
    [[nodiscard]] std::size_t executed() const { return executed_; }

private:
    Result<void> send(const sql::Statement& statement);
    Task<Result<void>> take_one();
    Task<Result<void>> outcome(const sql::Statement& statement, std::optional<Diagnostic>& failure);
    Task<Result<void>> end_pipeline();

    Session& session_;
    std::deque<StatementPtr> sent_;  // without their results yet
    std::size_t bytes_ = 0;
    std::size_t executed_ = 0;
    bool open_ = false;  // the connection is in pipeline mode
};

}  // namespace pgprimer::script
