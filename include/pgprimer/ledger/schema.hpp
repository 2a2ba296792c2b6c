#pragma once
#include <string>

#include "pgprimer/base/diagnostic.hpp"
#include "pgprimer/ledger/identity.hpp"
#include "pgprimer/pg/connection.hpp"

namespace pgprimer::ledger {

// Of the tables as this version makes them. 2: the columns have comments.
constexpr int layout_version = 2;

// The ledger's tables, as one transaction of SQL. What they mean is told in comments on the tables themselves.
std::string create_sql(const Identity& identity, bool with_schema);

// Brings an older layout to this one; what is there stays. One transaction. `is_damaged`: columns that are missing, too, under locks that wait for
// other projects' work.
std::string upgrade_sql(const Identity& identity, bool is_damaged);

// What another role needs to write rows there.
std::string grant_sql(const Identity& identity, const std::string& role);

// What a statement of the ledger's own failed with, said as that: rights, a read-only server (Error::refused), tables or functions that are not
// there as they were made (Error::disagreement), each with a hint.
Diagnostic not_written(Diagnostic why, const Identity& identity, const pg::Address& address);

// Creates the ledger where it is not there. Somebody else creating it at the same moment is no error. Error::refused where our role may not
// (42501) or the server takes no writes (25006), with what to grant.
Task<Result<void>> create(pg::Connection& session, const Identity& identity, Deadline deadline);

// upgrade_sql(), also beside others who do the same.
Task<Result<void>> upgrade(pg::Connection& session, const Identity& identity, bool is_damaged, Deadline deadline);

}  // namespace pgprimer::ledger
