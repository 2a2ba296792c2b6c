#pragma once
// What must be there, compared with the catalogs: everything that is missing, at once.
#include <functional>
#include <string>
#include <vector>

#include "pgprimer/base/async.hpp"
#include "pgprimer/config/expect.hpp"
#include "pgprimer/pg/connection.hpp"

namespace pgprimer::steps {

// Who should have made a thing of this kind ("relation", "column", "extension", "role", "schema") and name, in words:
// "migration 3 of step public schema"; "" where that is not known.
using Blame = std::function<std::string(const std::string& kind, const std::string& name)>;

// A Diagnostic for each thing that is missing or otherwise than expected, in the order written; empty: all holds. One round trip for the
// catalogs, one for all queries, one more for near names where something is missing. Queries run in read-only transactions that are rolled
// back, or in the caller's where there is one; an error of theirs is a finding. The outer failure is the connection's, or a deadline.
Task<Result<std::vector<Diagnostic>>> look_expect(pg::Connection& session, config::Expect expected, Blame blame, Deadline deadline);

// How many things `expected` names.
std::size_t count_expectations(const config::Expect& expected);

// "2 of 7 expectations do not hold", with all of them in `more`. `findings` is not empty.
Diagnostic fold_findings(std::vector<Diagnostic> findings, std::size_t expectations);

}  // namespace pgprimer::steps
