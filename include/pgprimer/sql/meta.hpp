#pragma once
// psql's backslash commands: how each is read and what becomes of it. Not their meaning: that is script's.
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "pgprimer/base/place.hpp"

namespace pgprimer::sql {

struct MetaCommand {
    // How what follows the name is read (psqlscanslash.l): words; names with their double quotes taken off; a file, or a program from `|` to the end
    // of the line; the rest of the line as it is.
    enum class Takes { words, names, file, line };
    enum class Use {
        branch,  // \if \elif \else \endif: the Reader's own
        query,   // sends the statement that is being collected, or the last one again: \g \gset ...
        buffer,  // about that statement: \p \r \w
        act,     // carried out
        shape,   // only shapes what is printed
        show,    // shows what is there (\d ...): accepted, prints nothing
        refuse,  // asks a person
    };
    std::string_view name;
    Takes takes = Takes::words;
    Use use = Use::act;
    bool drops_semicolons = false;  // at the end of an argument
};

// nullptr: psql 15 to 17 know no such command.
const MetaCommand* find_meta(std::string_view name);

// Why a command is not carried out: psql does not know it, it asks a person, or it runs programs where that is off.
struct Refusal {
    std::string message, hint;
};
Refusal refusal_of(std::string_view name);

// A command as it stands in a script, its arguments read.
struct Meta {
    std::string name;  // without the backslash
    std::vector<std::string> arguments;
    bool quoted = false;    // the first argument's first character stands in quotes
    bool computed = false;  // a variable stands in its arguments
    std::string buffer;     // \p \w: the statement being collected, or the last one
    Place place;
    std::string line_text;
};

// psql's booleans: true false yes no on off 1 0, by unique prefixes too, in either case.
enum class Boolean { no, yes, neither };
Boolean parse_boolean(std::string_view text);

}  // namespace pgprimer::sql
