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

// One difference, and the statement that removes it; any database of the server that has the step's schemas and tables will do. `text` and `doing`
// never hold a password or the value of a setting; `sql` holds a verifier at most.
struct Change {
    Thing thing = Thing::role;
    Place place;
    std::string text;     // "created role app"
    std::string doing;    // "create role app"; the same difference has the same
    std::string sql;      // on its own: the server refuses some of them in a transaction block
    bool certain = true;  // false: a password that cannot be compared, so that the next look finds the same difference
};

// What differs, in the order of carrying out. One round trip; where passwords are wanted and pg_authid cannot be read, a login for each of
// those roles as well. What a statement needs and is not there (a table that an earlier step has yet to create) is no error of the look: carrying
// out fails. Error::config: an entry that says nothing sensible. Error::failed: another encoding or locale of an existing database.
Task<Result<std::vector<Change>>> look_ensure(pg::Connection& session, config::Ensure wanted, Deadline deadline);

// Carries out until nothing differs; gives what it changed. `on_change` is called after each. Other starters may do the same at the same moment.
// What was carried out and differs again is Error::failed. The session must be outside a transaction.
Task<Result<std::vector<Change>>> act_ensure(pg::Connection& session, config::Ensure wanted, std::function<void(const Change&)> on_change,
                                             Deadline deadline);

}  // namespace pgprimer::steps
