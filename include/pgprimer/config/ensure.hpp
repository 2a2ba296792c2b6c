#pragma once
// `[[step.ensure.*]]`: what shall be there. Order of carrying out: roles, databases, schemas, extensions, grants, rls.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pgprimer/base/place.hpp"
#include "pgprimer/base/secret.hpp"

namespace pgprimer::config {

struct EnsureRole {
    Place place;
    std::string name;
    std::optional<bool> login;
    std::vector<std::string> attributes;  // "superuser", "nocreatedb", "connection limit 5", "valid until '...'"; checked on load
    std::optional<Secret> password;
    std::vector<std::string> member_of;
    std::map<std::string, std::string> set;  // ALTER ROLE ... SET
};

struct EnsureDatabase {
    Place place;
    std::string name;
    std::optional<std::string> owner, encoding, locale, template_name;
};

struct EnsureSchema {
    Place place;
    std::string name;
    std::optional<std::string> owner;
};

struct EnsureExtension {
    Place place;
    std::string name;
    std::optional<std::string> schema, version;
};

// GRANT `privileges` ON `on` TO `to`; with `is_default`, ALTER DEFAULT PRIVILEGES.
struct EnsureGrant {
    Place place;
    std::string to;
    std::vector<std::string> privileges;  // "SELECT", "ALL", ...
    // "database NAME", "schema NAME", "table NAME", "sequence NAME", "function NAME(args)",
    // "all tables in schema NAME", "all sequences in schema NAME", "all functions in schema NAME";
    // default ones: "tables in schema NAME", "sequences in schema NAME", "functions in schema NAME", "schemas".
    std::string on;
    bool is_default = false;
    std::optional<std::string> for_role;  // of default privileges: whose objects
};

struct EnsureRls {
    Place place;
    std::string table;
    bool force = false;
};

struct Ensure {
    std::vector<EnsureRole> roles;
    std::vector<EnsureDatabase> databases;
    std::vector<EnsureSchema> schemas;
    std::vector<EnsureExtension> extensions;
    std::vector<EnsureGrant> grants;
    std::vector<EnsureRls> rls;
};

}  // namespace pgprimer::config
