#pragma once
// Who is in the way of a session that waits for a lock: asked on another one, while it waits.
#include <functional>
#include <string>
#include <vector>

#include "pgprimer/base/deadline.hpp"
#include "pgprimer/pg/connection.hpp"

namespace pgprimer::steps {

struct Blockers {
    std::string lock;               // "AccessExclusiveLock on table app.busy"
    std::vector<std::string> told;  // of each: pid, user, application, state, since when, query
    std::vector<int> pids;          // 0: a prepared transaction

    [[nodiscard]] bool empty() const { return pids.empty(); }
    [[nodiscard]] std::string text() const;        // "it waits for ...: pid 7 (...); pid 8 (...)"
    [[nodiscard]] std::string short_text() const;  // "held by pid 7, 8"
    [[nodiscard]] std::string way_out() const;     // the statements that end them
};

// Of the session `pid`, and of those with this application_name in the same database. `redact` sees a query before it is shortened: half a secret
// would not be recognised.
Task<Result<Blockers>> ask_blockers(pg::Connection& session, int pid, std::string application_name, std::function<std::string(std::string)> redact,
                                    Deadline deadline);

}  // namespace pgprimer::steps
