#pragma once
// What the catalogs say about everything that `ensure` names, from one query.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ensure_wanted.hpp"
#include "pgprimer/base/async.hpp"
#include "pgprimer/pg/connection.hpp"

namespace pgprimer::steps {

// Is it the wanted one? unknown: neither pg_authid nor a login tells.
enum class Password { same, differs, unknown };

struct RoleFact {
    std::map<std::string, bool> flags;  // as WantedRole's
    int connection_limit = -1;
    bool same_valid_until = false;  // as wanted
    bool expired = false;
    std::optional<std::string> verifier;
    Password password = Password::same;
    std::set<std::string> member_of;
    std::map<std::string, std::string> settings;  // by lower-case name
};

struct DatabaseFact {
    std::string owner, encoding, collate, ctype;
    bool same_encoding = false;  // as wanted, however that is spelt
};

struct ExtensionFact {
    std::string schema, version;
};

struct GrantFact {
    int objects = 0;      // that the grant names
    int lacking = 0;      // of them, without all of the privileges
    std::string example;  // one that lacks
};

struct RlsFact {
    bool enabled = false, forced = false;
};

struct Facts {
    std::map<std::string, RoleFact> roles;
    std::map<std::string, DatabaseFact> databases;  // and template1
    std::map<std::string, std::string> schemas;     // owner
    std::map<std::string, ExtensionFact> extensions;
    std::map<std::size_t, GrantFact> grants;  // by index in Wanted
    std::map<std::size_t, RlsFact> rls;       // by index; absent: no such table
};

// One round trip, two for a role that may read pg_authid without being a superuser, and where it may not, a login for each role with a password.
Task<Result<Facts>> gather(pg::Connection& session, const Wanted& wanted, Deadline deadline);

}  // namespace pgprimer::steps
