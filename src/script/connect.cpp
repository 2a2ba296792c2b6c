#include "connect.hpp"

#include <array>
#include <charconv>
#include <map>
#include <optional>

#include "pgprimer/base/text.hpp"
#include "pgprimer/sql/meta.hpp"

namespace pgprimer::script {
namespace {

Result<int> port_of(const std::string& text) {
    int port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port < 1 || port > 65535) {
        return Diagnostic(Error::failed, "\\connect: \"" + text + "\" is no port");
    }
    return port;
}

Result<std::vector<int>> ports_of(const std::string& list) {
    std::vector<int> ports;
    for (const auto& one : split(list, ',')) {
        PGPRIMER_TRY(const int port, port_of(one));
        ports.push_back(port);
    }
    return ports;
}

}  // namespace

Result<pg::Address> parse_connect(const std::vector<std::string>& arguments, const pg::Address& old, const pg::Address& first) {
    std::vector<std::string> rest = arguments;
    std::optional<bool> said;
    if (!rest.empty() && rest[0].starts_with("-reuse-previous=")) {
        const std::string value = rest[0].substr(16);
        const auto parsed = sql::parse_boolean(value);
        if (parsed == sql::Boolean::neither)
            return Diagnostic(Error::failed, "\\connect: \"" + value + "\" is no value of -reuse-previous: on or off is expected");
        said = parsed == sql::Boolean::yes;
        rest.erase(rest.begin());
    }
    const bool is_string = !rest.empty() && (rest[0].find("://") != std::string::npos || rest[0].find('=') != std::string::npos);
    pg::Address address = said.value_or(!is_string) ? old : first;
    if (rest.empty()) return address;
    std::map<std::string, std::string> parts;
    if (is_string) {
        auto parsed = pg::parse_conninfo(rest[0]);
        if (!parsed) return Diagnostic(Error::failed, "\\connect: " + parsed.error().message).with_hint("it is a URL, or name='value' pairs");
        parts = std::move(parsed).value();
    } else {
        constexpr std::array<const char*, 4> names{"dbname", "user", "host", "port"};
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (rest.size() > i && rest[i] != "-" && !rest[i].empty()) parts[names[i]] = rest[i];
        }
    }
    std::optional<Secret> password;
    for (const auto& [name, value] : parts) {
        if (name == "dbname")
            address.dbname = value;
        else if (name == "user")
            address.user = value;
        else if (name == "host")
            address.hosts = split(value, ',');
        else if (name == "port") {
            PGPRIMER_TRY(address.ports, ports_of(value));
        } else if (name == "password")
            password = Secret(value);
        else if (name == "application_name")
            address.application_name = value;
        else if (name == "client_encoding")
            address.client_encoding = value;
        else
            address.parameters[name] = value;
    }
    // A password is not ours to send as another role or to another server, as in psql; .pgpass and trust still serve.
    if (address.user != old.user || address.hosts != old.hosts || address.ports != old.ports) address.password = Secret{};
    if (password) address.password = std::move(*password);
    return address;
}

}  // namespace pgprimer::script
