#pragma once
#include <string>
#include <string_view>

namespace pgprimer::sql {

struct Instead {
    std::string what, hint;  // empty: text, as far as its first bytes tell
};

// What a file is that should be SQL, told by its first line.
Instead what_it_is_instead(std::string_view first_line);

}  // namespace pgprimer::sql
