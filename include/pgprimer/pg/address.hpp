#pragma once
#include <map>
#include <string>
#include <vector>

#include "pgprimer/base/result.hpp"
#include "pgprimer/base/secret.hpp"

namespace pgprimer::pg {

// Where and as whom to connect. Nothing is filled in from the operating system's user or PG* (that is config's).
struct Address {
    std::vector<std::string> hosts;  // names, addresses, or socket directories
    std::vector<int> ports;          // one, or as many as hosts
    std::string user, dbname;
    Secret password;
    std::map<std::string, std::string> parameters;  // sslmode, sslrootcert, ...: libpq's names
    std::string application_name = "pgprimer";
    std::string client_encoding = "UTF8";  // "": the server's own choice

    [[nodiscard]] std::string display() const;  // without the password
};

// What libpq reads in a connection string, a URL or name=value pairs, by its names; nothing is filled in. Error::failed where it is neither;
// the message shows none of it.
Result<std::map<std::string, std::string>> parse_conninfo(const std::string& text);

std::string client_version();  // libpq's: "15.18"

}  // namespace pgprimer::pg
