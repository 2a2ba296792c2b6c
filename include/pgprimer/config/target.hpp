#pragma once
// A PostgreSQL database as one role, and where each part of its address came from.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pgprimer/base/diagnostic.hpp"
#include "pgprimer/base/place.hpp"
#include "pgprimer/base/secret.hpp"

namespace pgprimer::config {

// A part of an address and its source in words: "[target] url", "environment POSTGRES_USER", "default".
template <class T>
struct Sourced {
    T value{};
    std::string source;
    std::optional<Diagnostic> defect{};  // why its source cannot be read: an error only where no higher rank says this part
};

struct Target {
    std::string name;  // "" for [target]
    Place place;
    // host: a name, an address, or a directory of Unix sockets (starts with '/'); several hosts are tried in order.
    Sourced<std::vector<std::string>> hosts;
    Sourced<std::vector<int>> ports;                // one, or as many as hosts
    Sourced<std::string> user;                      // "postgres" by default, never the operating system's
    Sourced<Secret> password;                       // may be empty
    Secret written_password;                        // as it stands in the URL, where that is another spelling: to be hidden, too
    Sourced<std::string> dbname;                    // the user's name by default
    std::map<std::string, std::string> parameters;  // further libpq parameters: sslmode, sslrootcert, options excluded
    std::vector<std::string> search_path;           // from schema= or the URL's options
    bool create_database = false;                   // through maintenance database "postgres"
    bool wait_for_database = false;
    bool wait_for_role = false;
    bool socket_only = false;  // a server that is meant to listen on a Unix socket only
    bool read_only = false;    // a standby will do
    bool allow_destructive = false;
    std::optional<Located<std::string>> after;  // id of the step that makes this target's login
    std::vector<std::string> warnings;          // dropped parameters
    // Where direct_url is set, all above is the server itself, for locks and work, and this is `url`, a pooler's perhaps, that dependents and hooks
    // use.
    std::shared_ptr<const Target> dependents;

    // "postgresql://user@host:port/dbname": without the password, for people and logs.
    [[nodiscard]] std::string display() const;
    // The same with password and parameters, as libpq and drivers read it: for a hook's DATABASE_URL.
    [[nodiscard]] Secret url() const;
    // "user postgres from ..., host db from ..., database app from ...", for hints.
    [[nodiscard]] std::string sources() const;
    // The first part whose source cannot be read.
    [[nodiscard]] const Diagnostic* defect() const;
};

}  // namespace pgprimer::config
