#pragma once
// Emptying the user's tables: which, and the one statement that does it. Never cascades: a kept table that references one to be emptied is an
// error, since CASCADE would empty it too.
#include <string>
#include <vector>

#include "pgprimer/base/async.hpp"
#include "pgprimer/config/config.hpp"
#include "pgprimer/pg/connection.hpp"
#include "pgprimer/steps/catalog.hpp"

namespace pgprimer::steps {

struct FlushTable {
    Name name;
    bool partitioned = false;
};

struct FlushKept {
    Name name;
    std::string why;  // "named in keep", "pgprimer's ledger", "another tool's ledger", "belongs to an extension"
};

// Both in the order of schema and name.
struct FlushPlan {
    std::vector<FlushTable> truncated;
    std::vector<FlushKept> kept;
};

// One round trip. Error::failed: a kept table references a truncated one, or a name in `keep` is no table; all of them at once.
Task<Result<FlushPlan>> look_flush(pg::Connection& session, config::Flush wanted, std::string ledger_schema, Deadline deadline);

// One TRUNCATE with RESTART IDENTITY for the caller's transaction; "" where there is nothing to empty.
std::string truncate_sql(const FlushPlan& plan);

}  // namespace pgprimer::steps
