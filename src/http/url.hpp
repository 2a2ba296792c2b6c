#pragma once
#include <string>
#include <string_view>

#include "pgprimer/base/result.hpp"

namespace pgprimer::http {

struct Url {
    bool tls = false;
    std::string host;  // without brackets
    int port = 0;
    std::string target = "/";  // path and query
    [[nodiscard]] bool literal_v6() const { return host.find(':') != std::string::npos; }
    [[nodiscard]] std::string authority() const;  // for Host: the port only where it is not the scheme's
};

// http://host[:port]/path or https://...; Error::usage where it is none.
Result<Url> parse_url(std::string_view text);

// "host:port" for people.
std::string shown(const std::string& host, int port);

}  // namespace pgprimer::http
