#pragma once
#include <string>
#include <vector>

#include "pgprimer/base/result.hpp"
#include "pgprimer/pg/print.hpp"

namespace pgprimer::script {

// \crosstabview [vertical [horizontal [data [sort]]]]: columns by number or name. Error::failed as psql's.
Result<pg::Table> crosstab_of(const pg::Rows& rows, const std::vector<std::string>& arguments, const std::string& null);

}  // namespace pgprimer::script
