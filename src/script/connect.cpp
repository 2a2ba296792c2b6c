#include "connect.hpp"

#include <charconv>
#include <map>

#include "pgprimer/base/text.hpp"

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

// libpq's keyword = value, values quoted by ', with \ before ' and \.
Result<std::map<std::string, std::string>> parse_conninfo(std::string_view text) {
    std::map<std::string, std::string> out;
    const auto bad = [] { return Diagnostic(Error::failed, "\\connect: the connection string is not of the form name=value"); };
    while (!(text = trim(text)).empty()) {
        const auto equals = text.find('=');
        if (equals == std::string_view::npos) return bad();
        const std::string name(trim(text.substr(0, equals)));
        text = trim(text.substr(equals + 1));
        std::string value;
        const bool quoted = text.starts_with('\'');
        if (quoted) text.remove_prefix(1);
        bool closed = !quoted;
        while (!text.empty()) {
            const char c = text.front();
            if (quoted ? c == '\'' : c == ' ') {
                closed = true;
                text.remove_prefix(1);
                break;
            }
            if (c == '\\' && text.size() > 1) text.remove_prefix(1);
            value += text.front();
            text.remove_prefix(1);
        }
        if (!closed) return bad();
        out[name] = value;
    }
    return out;
}

}  // namespace

Result<pg::Address> parse_connect(const std::vector<std::string>& arguments, const pg::Address& old) {
    pg::Address address = old;
    std::vector<std::string> rest = arguments;
    bool reuse = true;
    if (!rest.empty() && rest[0].starts_with("-reuse-previous=")) {
        const std::string value = rest[0].substr(16);
        reuse = value == "on" || value == "true" || value == "yes" || value == "1";
        rest.erase(rest.begin());
    }
    if (rest.empty()) return address;
    const bool is_url = rest[0].starts_with("postgresql://") || rest[0].starts_with("postgres://");
    if (is_url)
        return Diagnostic(Error::failed, "\\connect with a URL is not available in this version").with_hint("write it as \"dbname=... host=...\"");
    if (rest[0].find('=') != std::string::npos) {
        PGPRIMER_TRY(const auto parts, parse_conninfo(rest[0]));
        if (!reuse) address.parameters.clear();
        for (const auto& [name, value] : parts) {
            if (name == "dbname")
                address.dbname = value;
            else if (name == "user") {
                if (value != old.user) address.password = Secret{};
                address.user = value;
            } else if (name == "host")
                address.hosts = {value};
            else if (name == "port") {
                PGPRIMER_TRY(const int port, port_of(value));
                address.ports = {port};
            } else if (name == "password")
                address.password = Secret(value);
            else
                address.parameters[name] = value;
        }
        return address;
    }
    const auto given = [&rest](std::size_t i) { return rest.size() > i && rest[i] != "-" && !rest[i].empty(); };
    if (given(0)) address.dbname = rest[0];
    if (given(1)) {
        if (rest[1] != old.user) address.password = Secret{};  // another role's password is not ours to send; .pgpass and trust still serve
        address.user = rest[1];
    }
    if (given(2)) address.hosts = {rest[2]};
    if (given(3)) {
        PGPRIMER_TRY(const int port, port_of(rest[3]));
        address.ports = {port};
    }
    return address;
}

}  // namespace pgprimer::script
