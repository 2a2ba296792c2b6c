#pragma once
#include "commands.hpp"
#include "psql_options.hpp"

namespace pgprimer::cli {

// What psql does with these options, without asking anybody; psql's exit statuses: 0, 1 a failure of its own or of the last -c, 2 no connection,
// 3 a script that ON_ERROR_STOP ended.
Task<int> psql(Shell& shell, PsqlOptions options);

}  // namespace pgprimer::cli
