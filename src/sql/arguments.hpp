#pragma once
// What follows a meta-command's backslash, read by psql's rules (psqlscanslash.l, which is not in the library).
#include <string>
#include <string_view>
#include <vector>

#include "pgprimer/base/result.hpp"
#include "pgprimer/sql/reader.hpp"

namespace pgprimer::sql {

struct Command {
    std::string name;
    const MetaCommand* known = nullptr;
    std::vector<std::string> arguments;
    bool quoted = false, computed = false;  // as in Meta
    std::size_t consumed = 0;               // bytes of the line after the backslash; what follows is read on
};

// `rest` is the line from behind the backslash. In a branch that is not taken nothing is evaluated. A failure has a column (bytes from 1 in `rest`)
// only.
Result<Command> read_command(std::string_view rest, const Surroundings& surroundings, bool taken);

}  // namespace pgprimer::sql
