#include "ensure_wanted.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "pgprimer/base/text.hpp"

namespace pgprimer::steps {
namespace {

constexpr std::array flags = {"superuser", "createdb", "createrole", "inherit", "login", "replication", "bypassrls"};

// GUC_LIST_QUOTE in PostgreSQL: dump and comparison have to go element by element.
constexpr std::array list_settings = {
    "search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries", "shared_preload_libraries", "unix_socket_directories"};

// Removes `word` and the blanks after it from the front, whatever its case.
bool take_word(std::string_view& text, std::string_view word) {
    if (text.size() < word.size() || !iequals(text.substr(0, word.size()), word)) return false;
    const std::string_view rest = text.substr(word.size());
    if (!rest.empty() && rest.front() != ' ' && rest.front() != '\t' && rest.front() != '\n') return false;
    text = trim(rest);
    return true;
}

bool take_words(std::string_view& text, std::initializer_list<std::string_view> words) {
    std::string_view rest = text;
    for (const std::string_view word : words) {
        if (!take_word(rest, word)) return false;
    }
    text = rest;
    return true;
}

// One name, quoted or as it stands.
std::optional<std::string> single_name(std::string_view text) {
    auto parts = parse_parts(text);
    if (!parts || parts->size() != 1) return std::nullopt;
    return parts->front();
}

std::vector<std::string> privileges_of(GrantKind kind) {
    switch (kind) {
        case GrantKind::database: return {"CREATE", "CONNECT", "TEMPORARY"};
        case GrantKind::schema:
        case GrantKind::default_schemas: return {"CREATE", "USAGE"};
        case GrantKind::table:
        case GrantKind::all_tables:
        case GrantKind::default_tables: return {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"};
        case GrantKind::sequence:
        case GrantKind::all_sequences:
        case GrantKind::default_sequences: return {"USAGE", "SELECT", "UPDATE"};
        case GrantKind::function:
        case GrantKind::all_functions:
        case GrantKind::default_functions: return {"EXECUTE"};
        case GrantKind::default_types: return {"USAGE"};
    }
    return {};
}

// The types of a function's arguments go into SQL as they stand, so only what types consist of may be there.
bool is_signature(std::string_view text) {
    if (text.size() < 2 || text.front() != '(' || text.back() != ')') return false;
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80U ||
               std::string_view("_ ,.\"[]()$").find(c) != std::string_view::npos;
    });
}

class Errors {
public:
    void add(const Place& place, std::string message, std::string hint = "") {
        Diagnostic error(Error::config, std::move(message));
        error.place = place;
        error.hint = std::move(hint);
        if (first_)
            first_->more.push_back(std::move(error));
        else
            first_ = std::move(error);
    }
    void check_name(const Place& place, const char* kind, const std::string& name) {
        if (name.empty())
            add(place, std::string("the name of a ") + kind + " is empty");
        else if (name.size() > longest_name)
            add(place, std::string(kind) + " " + name + ": the name has more than 63 bytes, and PostgreSQL would cut it");
    }
    std::optional<Diagnostic> first_;
};

WantedRole read_role(const config::EnsureRole& entry, Errors& errors) {
    WantedRole role;
    role.entry = &entry;
    errors.check_name(entry.place, "role", entry.name);
    if (entry.login) role.flags["login"] = *entry.login;
    for (const std::string& attribute : entry.attributes) {
        if (read_attribute(attribute, role)) continue;
        errors.add(entry.place, "role " + entry.name + ": \"" + attribute + "\" is no attribute of a role",
                   "attributes are superuser, createdb, createrole, inherit, login, replication, bypassrls, the same with \"no\" before them, "
                   "\"connection limit 5\" and \"valid until '2030-01-01'\"");
    }
    if (entry.password && entry.password->empty()) {
        errors.add(entry.place, "role " + entry.name + ": the password is empty", "leave the key out for a role without a password");
    }
    return role;
}

void read_privileges(WantedGrant& grant, Errors& errors) {
    const auto known = privileges_of(grant.kind);
    for (const std::string& written : grant.entry->privileges) {
        std::string word(trim(written));
        std::ranges::transform(word, word.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
        if (word == "ALL" || word == "ALL PRIVILEGES")
            grant.all = true;
        else if (word == "TEMP" && grant.kind == GrantKind::database)
            grant.privileges.emplace_back("TEMPORARY");
        else if (std::ranges::find(known, word) != known.end())
            grant.privileges.push_back(word);
        else
            errors.add(grant.entry->place, "\"" + written + "\" is no privilege on " + grant.entry->on,
                       "there are " + join(known, ", ") + " and ALL");
    }
    if (grant.all)
        grant.privileges.clear();
    else if (grant.privileges.empty() && grant.entry->privileges.empty())
        errors.add(grant.entry->place, "the grant names no privileges");
}

}  // namespace

bool is_list_setting(std::string_view name) {
    return std::ranges::any_of(list_settings, [name](const char* known) { return iequals(known, name); });
}

std::vector<std::string> read_list(std::string_view text) {
    std::vector<std::string> list;
    text = trim(text);
    while (!text.empty()) {
        std::string element;
        if (text.front() == '"') {
            std::size_t at = 1;
            for (; at < text.size(); ++at) {
                if (text[at] == '"' && !(at + 1 < text.size() && text[at + 1] == '"')) break;
                if (text[at] == '"') ++at;
                element += text[at];
            }
            text.remove_prefix(std::min(at + 1, text.size()));
            text.remove_prefix(std::min(text.find(','), text.size()));
        } else {
            const auto end = std::min(text.find(','), text.size());
            element = lower(trim(text.substr(0, end)));
            text.remove_prefix(end);
        }
        list.push_back(std::move(element));
        if (!text.empty()) text = trim(text.substr(1));
    }
    if (list.empty()) list.emplace_back();
    return list;
}

bool read_attribute(std::string_view text, WantedRole& role) {
    text = trim(text);
    std::string_view rest = text;
    if (take_words(rest, {"connection", "limit"})) {
        int limit = 0;
        const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), limit);
        if (error != std::errc{} || end != rest.data() + rest.size() || limit < -1) return false;
        role.connection_limit = limit;
        return true;
    }
    if (take_words(rest, {"valid", "until"})) {
        if (rest.size() >= 2 && rest.front() == '\'' && rest.back() == '\'') rest = trim(rest.substr(1, rest.size() - 2));
        if (rest.empty()) return false;
        role.valid_until = std::string(rest);
        return true;
    }
    const std::string word = lower(text);
    for (const char* flag : flags) {
        if (word != flag && word != std::string("no") + flag) continue;
        role.flags[flag] = word == flag;
        return true;
    }
    return false;
}

std::string read_object(std::string_view on, bool is_default, WantedGrant& grant) {
    std::string_view text = trim(on);
    static constexpr std::array<std::pair<std::string_view, std::pair<GrantKind, GrantKind>>, 5> plurals = {{
        {"tables", {GrantKind::all_tables, GrantKind::default_tables}},
        {"sequences", {GrantKind::all_sequences, GrantKind::default_sequences}},
        {"functions", {GrantKind::all_functions, GrantKind::default_functions}},
        {"types", {GrantKind::default_types, GrantKind::default_types}},
        {"schemas", {GrantKind::default_schemas, GrantKind::default_schemas}},
    }};
    const bool all = take_word(text, "all");
    for (const auto& [word, kinds] : plurals) {
        if (!take_word(text, word)) continue;
        grant.kind = is_default ? kinds.second : kinds.first;
        if (!is_default && kinds.first == kinds.second) return "exists for default privileges only (default = true)";
        if (!is_default && !all) return "means future objects with default = true, and present ones with \"all\" before it";
        if (text.empty() && is_default) return "";
        if (grant.kind == GrantKind::default_schemas || !take_words(text, {"in", "schema"})) return "should end with \"in schema NAME\"";
        const auto schema = single_name(text);
        if (!schema) return "should end with \"in schema NAME\"";
        grant.name = {"", *schema};
        return "";
    }
    static constexpr std::array<std::pair<std::string_view, GrantKind>, 8> singles = {{
        {"database", GrantKind::database},
        {"schema", GrantKind::schema},
        {"table", GrantKind::table},
        {"view", GrantKind::table},
        {"sequence", GrantKind::sequence},
        {"function", GrantKind::function},
        {"procedure", GrantKind::function},
        {"routine", GrantKind::function},
    }};
    for (const auto& [word, kind] : singles) {
        if (all || !take_word(text, word)) continue;
        if (is_default) return "is one object, and default privileges are for future ones: \"tables in schema NAME\"";
        grant.kind = kind;
        if (kind == GrantKind::function) {
            const auto bracket = std::min(text.find('('), text.size());
            grant.signature = std::string(trim(text.substr(bracket)));
            text = trim(text.substr(0, bracket));
            if (!grant.signature.empty() && !is_signature(grant.signature)) return "should be \"function NAME(TYPE, ...)\"";
        }
        if (kind == GrantKind::database || kind == GrantKind::schema) {
            const auto name = single_name(text);
            if (!name) return "should be \"" + std::string(word) + " NAME\", with \"\" around a NAME in mixed case or with other signs";
            grant.name = {"", *name};
            return "";
        }
        const auto name = parse_name(text);
        if (!name) return "should be \"" + std::string(word) + " NAME\" or \"" + std::string(word) + " SCHEMA.NAME\"";
        grant.name = *name;
        return "";
    }
    return "is nothing that a grant knows: database, schema, table, sequence, function NAME, or all tables, sequences, functions in schema NAME";
}

Result<Wanted> read_wanted(const config::Ensure& ensure) {
    Wanted wanted;
    wanted.entry = &ensure;
    Errors errors;
    for (const auto& role : ensure.roles) wanted.roles.push_back(read_role(role, errors));
    for (const auto& database : ensure.databases) errors.check_name(database.place, "database", database.name);
    for (const auto& schema : ensure.schemas) errors.check_name(schema.place, "schema", schema.name);
    for (const auto& extension : ensure.extensions) errors.check_name(extension.place, "extension", extension.name);
    for (const auto& entry : ensure.grants) {
        WantedGrant grant;
        grant.entry = &entry;
        grant.to_public = iequals(entry.to, "public");
        if (!grant.to_public) errors.check_name(entry.place, "role", entry.to);
        const std::string wrong = read_object(entry.on, entry.is_default, grant);
        if (!wrong.empty())
            errors.add(entry.place, "\"" + entry.on + "\" " + wrong);
        else
            read_privileges(grant, errors);
        wanted.grants.push_back(std::move(grant));
    }
    for (const auto& entry : ensure.rls) {
        const auto table = parse_name(entry.table);
        if (!table) errors.add(entry.place, "\"" + entry.table + "\" is not the name of a table", "write table, or schema.table");
        wanted.rls.push_back({&entry, table.value_or(Name{})});
    }
    if (errors.first_) return *errors.first_;
    return wanted;
}

}  // namespace pgprimer::steps
