#pragma once
// Roles, databases, schemas, extensions, grants and row-level security that shall be there: compared with the catalogs, and made so.
#include <functional>
#include <string>
#include <vector>

#include "pgprimer/base/async.hpp"
#include "pgprimer/config/ensure.hpp"
#include "pgprimer/pg/connection.hpp"

namespace pgprimer::steps {

// In the order of carrying out.
enum class Thing { role, membership, setting, database, schema, extension, grant, default_grant, rls };

// One difference, and the statements that remove it. `text` and `doing` never hold a password; `sql` holds a verifier at most.
struct Change {
    std::string text;   // "created role app"
    std::string doing;  // "create role app"
    std::vector<std::string> sql;
    bool in_transaction = true;  // false: the server refuses it in a transaction block
    bool globals = false;        // roles, memberships, databases: what all databases of the server share
    std::string needs_database;  // where it has to be carried out; "" is the session's own
    Place place;
    Thing thing = Thing::role;
};

// What differs, in the order of carrying out. One round trip; where passwords are wanted and pg_authid cannot be read, a login for each of
// those roles as well. Error::config: an entry that says nothing sensible. Error::failed: what can never be made so (another encoding of an
// existing database, a table that does not exist and that nothing in `wanted` brings).
Task<Result<std::vector<Change>>> look_ensure(pg::Connection& session, config::Ensure wanted, Deadline deadline);

// Carries out until nothing differs; gives what it changed. `on_change` is called after each. Other starters may do the same at the same moment.
// The session must be outside a transaction.
Task<Result<std::vector<Change>>> act_ensure(pg::Connection& session, config::Ensure wanted, std::function<void(const Change&)> on_change,
                                             Deadline deadline);

}  // namespace pgprimer::steps
