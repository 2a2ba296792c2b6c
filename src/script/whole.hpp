#pragma once
// What a script's own transaction begins and ends with.
#include <string>
#include <vector>

#include "pgprimer/script/unit.hpp"
#include "pgprimer/sql/statement.hpp"

namespace pgprimer::script {

// BEGIN, the row, the role.
std::vector<std::string> prelude(const Unit& unit);
// The script's own BEGIN and COMMIT give way to ours.
bool gives_way(const Unit& unit, const sql::Statement& statement);
// A failure that only the end of the transaction showed: a deferred constraint's.
Diagnostic raised_by_commit(Diagnostic failure, const Unit& unit);

}  // namespace pgprimer::script
