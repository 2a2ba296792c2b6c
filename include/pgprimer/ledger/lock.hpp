#pragma once
// Who may run: the two keys and the epoch of DESIGN 7. One Lock a database.
#include <functional>
#include <string>

#include "pgprimer/ledger/identity.hpp"
#include "pgprimer/pg/connection.hpp"

namespace pgprimer::ledger {

// What a waiter is told, at once and then every 10 s: who holds it.
using OnLockWait = std::function<void(const std::string& text, SteadyClock::duration waited)>;

// A session like the one that the lock was made with.
using Reopen = std::function<Task<Result<pg::Connection>>(Deadline)>;

class Lock {
public:
    // `session` is of the lock alone, until the run is over: it does no work. Where the server has hardly a free connection, a waiter closes it for a
    // while, so that the run that has the lock gets what it needs.
    Lock(pg::Connection session, Identity identity, Reopen reopen);

    // K1, then K2 by try, both polled; then waits until no hook's session of another run of this project is there. After it nobody else's work goes
    // on here. Error::lock where the deadline comes first, saying who holds it.
    Task<Result<void>> acquire(const std::string& run, OnLockWait on_wait, Deadline deadline);

    // With K2 still held: commits the next epoch and `contact`, then lets go of K2.
    // To be called once after acquire(), when the ledger is there.
    Task<Result<std::int64_t>> begin_epoch(const std::string& contact, Deadline deadline);

    // Ends with Error::lost when the lock's session is lost.
    Task<Result<void>> watch(Deadline deadline);

    [[nodiscard]] pg::Connection& session() { return session_; }
    // Frees it at once; closing the session would, too.
    Task<void> release(Deadline deadline);

private:
    Task<Result<bool>> try_key(std::int64_t key, Deadline deadline);
    Task<Result<std::string>> holders(std::int64_t key, Deadline deadline);
    Task<Result<void>> poll_key(std::int64_t key, const char* what, bool gives_way, OnLockWait on_wait, Deadline deadline);
    Task<Result<bool>> is_crowded(Deadline deadline);
    Task<Result<void>> give_way(Deadline deadline);

    pg::Connection session_;  // not alive after an acquire() that failed while it had given way
    Identity identity_;
    Reopen reopen_;
};

}  // namespace pgprimer::ledger
