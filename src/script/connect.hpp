#pragma once
#include <string>
#include <vector>

#include "pgprimer/base/result.hpp"
#include "pgprimer/pg/address.hpp"

namespace pgprimer::script {

// psql's \connect [-reuse-previous=on|off] [DBNAME [USER [HOST [PORT]]]] | conninfo. `-` keeps a part. What is not named is the old session's, as
// psql does for the positional form and for conninfo with -reuse-previous=on; without it a conninfo starts from where the script began, for psql from
// its defaults.
Result<pg::Address> parse_connect(const std::vector<std::string>& arguments, const pg::Address& old, const pg::Address& first);

}  // namespace pgprimer::script
