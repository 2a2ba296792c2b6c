#pragma once
// What a step's hands need besides its session.
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "pgprimer/config/config.hpp"
#include "pgprimer/event/bus.hpp"
#include "pgprimer/io/files.hpp"
#include "pgprimer/ledger/identity.hpp"
#include "pgprimer/pg/connection.hpp"

namespace pgprimer::steps {

struct Context {
    const config::Config* config = nullptr;
    const io::Files* files = nullptr;
    event::Bus* bus = nullptr;
    ledger::Identity identity;
    ledger::Run run;
    std::map<std::string, std::string> environment;
    // A ready session elsewhere, for \connect.
    std::function<Task<Result<pg::Connection>>(pg::Address, Deadline)> connect;
};

// Where a target is, for connecting.
pg::Address address_of(const config::Target& target);

// For a session of our own, that keeps a lock or the ledger: limits that its role, database or server set are meant for other work.
std::string own_session_sql(const pg::Connection& session);

// config::migrations_lock_timeout, for SQL.
std::string default_lock_timeout();

// How a unit of `step` finds its session: nothing left of the unit before it, our settings, the step's search_path and timeouts.
std::vector<std::string> session_sql(const pg::Connection& session, const config::Step& step, const Context& context);
// The same, in one round trip.
Task<Result<void>> prepare_session(pg::Connection& session, const config::Step& step, const Context& context, Deadline deadline);
// A failure to become the step's set_role, said so.
Diagnostic not_that_role(Diagnostic why, const config::Step& step, const pg::Connection& session);
// The same, then as the step's set_role, for a step that writes nothing to the ledger on this session.
Task<Result<void>> prepare_as_role(pg::Connection& session, const config::Step& step, const Context& context, Deadline deadline);

}  // namespace pgprimer::steps
