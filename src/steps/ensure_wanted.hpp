#pragma once
// The entries of `ensure`, read: what they say in words becomes values. No database.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pgprimer/base/result.hpp"
#include "pgprimer/config/ensure.hpp"
#include "pgprimer/steps/catalog.hpp"

namespace pgprimer::steps {

struct WantedRole {
    const config::EnsureRole* entry = nullptr;
    std::map<std::string, bool> flags;  // "superuser", "createdb", "createrole", "inherit", "login", "replication", "bypassrls"
    std::optional<int> connection_limit;
    std::optional<std::string> valid_until;
};

enum class GrantKind {
    database,
    schema,
    table,
    sequence,
    function,
    all_tables,
    all_sequences,
    all_functions,
    default_tables,
    default_sequences,
    default_functions,
    default_types,
    default_schemas,
};

struct WantedGrant {
    const config::EnsureGrant* entry = nullptr;
    GrantKind kind{};
    Name name;              // of the object; of "in schema X" the schema alone, in Name::name ("" for default privileges everywhere)
    std::string signature;  // of a function: "(int, text)", or "" where the name alone tells
    bool to_public = false;
    bool all = false;                     // ALL
    std::vector<std::string> privileges;  // upper case; TEMP is TEMPORARY; empty with `all`
};

struct WantedRls {
    const config::EnsureRls* entry = nullptr;
    Name table;
};

// Refers to the config::Ensure it was read from, which must outlive it.
struct Wanted {
    const config::Ensure* entry = nullptr;
    std::vector<WantedRole> roles;
    std::vector<WantedGrant> grants;
    std::vector<WantedRls> rls;
};

// Error::config with all that is wrong.
Result<Wanted> read_wanted(const config::Ensure& ensure);

// "connection limit 5" and alike into `role`; false: no attribute.
bool read_attribute(std::string_view text, WantedRole& role);
// The object of a grant; what is wrong with it, or "".
std::string read_object(std::string_view on, bool is_default, WantedGrant& grant);

// The elements of a setting that PostgreSQL keeps as a list of quoted names ("a, \"B\""), unquoted.
std::vector<std::string> read_list(std::string_view text);
// Is `name` such a setting (search_path, ...)?
bool is_list_setting(std::string_view name);

}  // namespace pgprimer::steps
