#pragma once
// The one catalogue of exit codes (and what a failure is called). Nothing else in pgprimer names a number.

namespace pgprimer {

// What went wrong, as far as a caller has to tell one failure from another.
enum class Error {
    failed,        // a step, a statement, a hook failed
    usage,         // command line
    config,        // configuration or the files it names
    not_ready,     // server, database or runner was not ready in time
    lock,          // the lock was not had in time; worth a retry
    disagreement,  // the ledger disagrees with files or database
    refused,       // the server refused us for good
    lost,          // the connection was lost; probe, lock and decide again
    timeout,       // an operation's own deadline passed
    stopped,       // a signal asked us to stop
    internal,      // a defect of pgprimer itself
};

inline constexpr int exit_done = 0;

// 0 done; 1 a step failed; 2 usage or configuration; 3 not ready in time; 4 no lock in time; 5 the ledger disagrees;
// 6 refused for good. `stopped` has no code of its own: it is 128 + the signal's number (exit_for_signal).
constexpr int exit_code(Error error) noexcept {
    switch (error) {
        case Error::usage:
        case Error::config: return 2;
        case Error::not_ready: return 3;
        case Error::lock: return 4;
        case Error::disagreement: return 5;
        case Error::refused: return 6;
        case Error::failed:
        case Error::lost:
        case Error::timeout:
        case Error::stopped:
        case Error::internal: return 1;
    }
    return 1;
}

constexpr int exit_for_signal(int signal) noexcept { return 128 + signal; }

}  // namespace pgprimer
