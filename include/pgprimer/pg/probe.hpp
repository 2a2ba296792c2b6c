#pragma once
// Is the server ready, really? DESIGN 6.
#include <functional>
#include <optional>
#include <string>

#include "pgprimer/base/async.hpp"
#include "pgprimer/pg/connection.hpp"

namespace pgprimer::pg {

enum class Readiness {
    connecting,  // nothing known yet
    name_unresolved,
    refused_connection,  // nobody listens
    timed_out,           // packets swallowed
    starting_up,         // 57P03
    shutting_down,       // 57P01, 57P02
    too_many,            // 53300
    dropped,             // the connection was closed before an answer
    in_recovery,         // a writable server is wanted
    init_server,         // the image's temporary server: Unix socket, listen_addresses = ''
    database_missing,    // 3D000, and it may still come
    role_missing,        // 28P01, 28000 and alike, and it may still come
    ready,
    hopeless,  // refused for good
};

const char* to_string(Readiness readiness);  // "connection_refused": stable, for JSON
std::string describe(Readiness readiness);   // "nobody listens there yet": for people
// The same with the reason in the server's or libpq's words, where these say more.
std::string describe(Readiness readiness, const Diagnostic& why);

struct Wants {
    bool writable = true;
    bool socket_only = false;        // a server with listen_addresses = '' is meant so
    bool wait_for_database = false;  // 3D000 may still come
    bool wait_for_role = false;      // 28P01, 28000, 42501-like refusals may still go away
    std::string sources;             // where user, host and database came from: told with a failure
};

// What the probing query told.
struct ServerFacts {
    std::string postmaster_start;  // pg_postmaster_start_time() in microseconds
    int version = 0;
    bool in_recovery = false;
    bool pgbouncer = false;  // PQbackendPID differs from pg_backend_pid()
};

struct Probed {
    Connection connection;
    ServerFacts facts;
};

struct Attempt {
    Readiness state = Readiness::connecting;
    Diagnostic why;                   // unless ready
    std::optional<Probed> probed;     // when ready
    bool may_be_init_server = false;  // over a socket, where what is missing may be yet to be made by the image's temporary init server
};

// One attempt with its own deadline.
Task<Attempt> attempt(Address address, Wants wants, Deadline deadline);

// Called when a state is entered (not at every attempt; never for `hopeless`, which is the failure itself), with the reason and since when this wait
// goes on.
using OnState = std::function<void(Readiness, const Diagnostic&, SteadyClock::duration waited)>;

// Attempts until ready (Probed), hopeless (Error::refused, with the hint) or the deadline (Error::not_ready, saying what was last seen and
// how often it was tried). Each attempt has at most 3 s of its own. Between attempts it sleeps a few milliseconds, adapted so that a long wait costs
// next to no processor time (a closed port over 60 s: below 0.5 s) and a server that gets ready is seen within a few milliseconds.
Task<Result<Probed>> wait_ready(Address address, Wants wants, OnState on_state, Deadline deadline);

// The same, only until the server itself takes work: that this database or role is missing is an answer, too.
Task<Result<void>> wait_answering(Address address, Wants wants, OnState on_state, Deadline deadline);

}  // namespace pgprimer::pg
