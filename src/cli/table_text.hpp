#pragma once
#include <string>

#include "pgprimer/pg/connection.hpp"

namespace pgprimer::cli {

// Rows as psql's aligned table, with its row count.
std::string table_text(const pg::Rows& rows);

}  // namespace pgprimer::cli
