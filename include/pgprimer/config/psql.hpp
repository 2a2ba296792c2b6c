#pragma once
// Where psql connects to, for what is called by its name. Not DESIGN 3's ranks: libpq's, but for the user, who is never the operating system's.
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pgprimer/config/load.hpp"

namespace pgprimer::config {

struct PsqlTarget {
    Target target;
    std::string application_name = "psql";
    std::vector<std::pair<std::string, std::string>> settings;  // to be set once connected, in this order
    std::optional<std::string> client_encoding;                 // absent: the database's own
    std::optional<Milliseconds> connect_timeout;
};

// `given` by libpq's keywords, from options and a connection string; then the service, PG*, .pgpass, defaults: user postgres, a Unix socket where
// PostgreSQL is used to have one, else localhost.
Result<PsqlTarget> psql_target(const io::Files& files, const Environment& environment, std::map<std::string, std::string> given);

// PGOPTIONS: -c name=value, --name=value, with \ before a space that is meant.
Result<std::vector<std::pair<std::string, std::string>>> parse_pgoptions(const std::string& text);

}  // namespace pgprimer::config
