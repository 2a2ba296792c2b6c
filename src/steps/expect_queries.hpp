#pragma once
#include <string>
#include <vector>

#include "pgprimer/base/async.hpp"
#include "pgprimer/base/place.hpp"
#include "pgprimer/pg/connection.hpp"

namespace pgprimer::steps {

// Asks each query, all in one round trip, each in a read-only transaction that is rolled back (or in the caller's): a Diagnostic for each that
// fails or gives anything but one row with one column that is true.
Task<Result<std::vector<Diagnostic>>> ask_queries(pg::Connection& session, std::vector<Located<std::string>> queries, Deadline deadline);

}  // namespace pgprimer::steps
