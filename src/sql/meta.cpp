#include "pgprimer/sql/meta.hpp"

#include <algorithm>

#include "pgprimer/base/text.hpp"

namespace pgprimer::sql {
namespace {

using Takes = MetaCommand::Takes;
using Use = MetaCommand::Use;

// Those of psql 15 to 17, in the order of its manual; \d and its kin are told by their first letter.
constexpr auto commands = std::to_array<MetaCommand>({
    {"a", Takes::words, Use::shape},
    {"bind", Takes::words, Use::act},
    {"c", Takes::names, Use::act, true},
    {"connect", Takes::names, Use::act, true},
    {"C", Takes::words, Use::shape, true},
    {"cd", Takes::words, Use::act, true},
    {"conninfo", Takes::words, Use::show},
    {"copy", Takes::line, Use::act},
    {"copyright", Takes::words, Use::show},
    {"crosstabview", Takes::words, Use::query, true},
    {"e", Takes::words, Use::refuse, true},
    {"echo", Takes::words, Use::act},
    {"edit", Takes::words, Use::refuse, true},
    {"ef", Takes::line, Use::refuse},
    {"elif", Takes::words, Use::branch},
    {"else", Takes::words, Use::branch},
    {"encoding", Takes::words, Use::act},
    {"endif", Takes::words, Use::branch},
    {"errverbose", Takes::words, Use::act},
    {"ev", Takes::line, Use::refuse},
    {"f", Takes::words, Use::shape},
    {"g", Takes::file, Use::query},
    {"gdesc", Takes::words, Use::query},
    {"getenv", Takes::words, Use::act},
    {"gexec", Takes::words, Use::query},
    {"gset", Takes::words, Use::query},
    {"gx", Takes::file, Use::query},
    {"h", Takes::line, Use::show},
    {"help", Takes::line, Use::show},
    {"H", Takes::words, Use::shape},
    {"html", Takes::words, Use::shape},
    {"i", Takes::words, Use::act, true},
    {"if", Takes::words, Use::branch},
    {"include", Takes::words, Use::act, true},
    {"include_relative", Takes::words, Use::act, true},
    {"ir", Takes::words, Use::act, true},
    {"l", Takes::words, Use::show, true},
    {"l+", Takes::words, Use::show, true},
    {"list", Takes::words, Use::show, true},
    {"list+", Takes::words, Use::show, true},
    {"lo_export", Takes::words, Use::act, true},
    {"lo_import", Takes::words, Use::act, true},
    {"lo_list", Takes::words, Use::show, true},
    {"lo_list+", Takes::words, Use::show, true},
    {"lo_unlink", Takes::words, Use::act, true},
    {"o", Takes::file, Use::act, true},
    {"out", Takes::file, Use::act, true},
    {"p", Takes::words, Use::buffer},
    {"password", Takes::names, Use::refuse, true},
    {"print", Takes::words, Use::buffer},
    {"prompt", Takes::words, Use::refuse},
    {"pset", Takes::words, Use::shape},
    {"q", Takes::words, Use::act},
    {"qecho", Takes::words, Use::act},
    {"quit", Takes::words, Use::act},
    {"r", Takes::words, Use::buffer},
    {"reset", Takes::words, Use::buffer},
    {"restrict", Takes::words, Use::act, true},
    {"s", Takes::words, Use::show, true},
    {"set", Takes::words, Use::act},
    {"setenv", Takes::words, Use::act},
    {"sf", Takes::line, Use::show},
    {"sf+", Takes::line, Use::show},
    {"sv", Takes::line, Use::show},
    {"sv+", Takes::line, Use::show},
    {"t", Takes::words, Use::shape, true},
    {"T", Takes::words, Use::shape},
    {"timing", Takes::words, Use::shape},
    {"unrestrict", Takes::words, Use::act, true},
    {"unset", Takes::words, Use::act},
    {"w", Takes::file, Use::buffer, true},
    {"warn", Takes::words, Use::act},
    {"watch", Takes::words, Use::refuse, true},
    {"write", Takes::file, Use::buffer, true},
    {"x", Takes::words, Use::shape, true},
    {"z", Takes::words, Use::show, true},
    {"zS", Takes::words, Use::show, true},
    {"!", Takes::line, Use::act},
    {"?", Takes::words, Use::show},
});

constexpr MetaCommand describe{"d", Takes::words, Use::show, true};

bool is_prefix(const std::string& text, std::string_view whole) { return !text.empty() && whole.starts_with(text); }

}  // namespace

const MetaCommand* find_meta(std::string_view name) {
    const auto* found = std::ranges::find(commands, name, &MetaCommand::name);
    if (found != commands.end()) return found;
    const bool describes = name.starts_with('d') && name.find_first_not_of("abcdefgilmnoprstuvwxyACDEFLOPRTXS+", 1) == std::string_view::npos;
    return describes && name.size() <= 8 ? &describe : nullptr;
}

Refusal refusal_of(std::string_view name) {
    const std::string shown = "\\" + std::string(name);
    if (name == "!") return {shown + " runs a program, which is off here", "allow it: programs = true in the step, --programs for pgprimer sql"};
    if (name == "watch") return {shown + " repeats a query for as long as somebody watches", "a script that waits belongs into a hook"};
    if (name == "prompt" || name == "password")
        return {shown + " asks a person, and nobody is there", "give the value as a variable: variables in the step, -v NAME=VALUE for pgprimer sql"};
    if (find_meta(name) != nullptr) return {shown + " opens an editor, and nobody is there", "take the line out"};
    std::vector<std::string> names;
    for (const MetaCommand& one : commands) {
        if (one.use != Use::refuse && one.name.size() > 2) names.emplace_back(one.name);
    }
    if (const auto near = nearest(name, names)) return {shown + " is no command of psql", "did you mean \\" + *near + "?"};
    return {shown + " is no command of psql", "psql 15 to 17 know no command of this name; a literal backslash belongs into quotes"};
}

Boolean parse_boolean(std::string_view written) {
    const std::string text = lower(written);
    if (text == "1" || is_prefix(text, "true") || is_prefix(text, "yes") || text == "on") return Boolean::yes;
    if (text == "0" || is_prefix(text, "false") || is_prefix(text, "no") || is_prefix(text, "off")) {
        return text == "o" ? Boolean::neither : Boolean::no;  // "o" is neither on nor off
    }
    return Boolean::neither;
}

}  // namespace pgprimer::sql
