// Applications' URLs: libpq's, SQLAlchemy's, JDBC's, Prisma's, node's. Read from the right, since passwords are often not encoded.
#include <algorithm>
#include <array>
#include <charconv>

#include "address.hpp"
#include "pgprimer/base/text.hpp"
#include "pgprimer/config/load.hpp"

namespace pgprimer::config {
namespace {

constexpr std::array<std::string_view, 5> schemes{"postgresql", "postgres", "postgis", "psql", "pgsql"};
// libpq's parameters that an address may bring; what pgprimer sets itself is not among them.
constexpr std::array<std::string_view, 17> known_parameters{"sslmode",
                                                            "sslrootcert",
                                                            "sslcert",
                                                            "sslkey",
                                                            "sslpassword",
                                                            "sslcrl",
                                                            "sslcrldir",
                                                            "sslsni",
                                                            "ssl_min_protocol_version",
                                                            "ssl_max_protocol_version",
                                                            "channel_binding",
                                                            "requirepeer",
                                                            "keepalives",
                                                            "keepalives_idle",
                                                            "keepalives_interval",
                                                            "keepalives_count",
                                                            "tcp_user_timeout"};
// Known to libpq and without meaning here, dropped in silence.
constexpr std::array<std::string_view, 6> silent_parameters{"connect_timeout", "application_name",     "fallback_application_name",
                                                            "client_encoding", "target_session_attrs", "gssencmode"};

template <std::size_t N>
bool one_of(std::string_view text, const std::array<std::string_view, N>& list) {
    return std::ranges::find(list, text) != list.end();
}

constexpr const char* sslmodes = "sslmode is one of disable, allow, prefer, require, verify-ca, verify-full";

Diagnostic wrong(std::string message) { return {Error::config, "the database URL " + std::move(message)}; }

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// A % that begins no code stands for itself: passwords are often not encoded. So does %00, which would end the text for libpq.
std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0 && text.substr(i + 1, 2) != "00") {
            out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

struct Parts {
    std::string_view user, password, hosts, dbname, query;
    bool has_password = false;
    bool has_login = false;  // something stands before an @
};

bool is_host_text(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view(".-_%:,[]").find(c) != std::string_view::npos || static_cast<unsigned char>(c) >= 0x80;
    });
}

// What stands behind the last @: hosts[/dbname][?query].
bool split_location(std::string_view text, Parts& out) {
    const auto question = text.find('?');
    out.query = question == std::string_view::npos ? "" : text.substr(question + 1);
    text = text.substr(0, question);
    const auto slash = text.find('/');
    out.hosts = text.substr(0, slash);
    out.dbname = slash == std::string_view::npos ? "" : text.substr(slash + 1);
    return is_host_text(out.hosts) && out.dbname.find_first_of("/@") == std::string_view::npos;
}

Result<Parts> split_url(std::string_view rest) {
    Parts out;
    for (auto at = rest.rfind('@'); at != std::string_view::npos; at = at == 0 ? std::string_view::npos : rest.rfind('@', at - 1)) {
        if (!split_location(rest.substr(at + 1), out)) continue;
        const std::string_view login = rest.substr(0, at);
        const auto colon = login.find(':');
        out.user = login.substr(0, colon);
        out.has_password = colon != std::string_view::npos;
        out.has_login = true;
        if (out.has_password) out.password = login.substr(colon + 1);
        if (out.user.find_first_of("/?#") != std::string_view::npos) continue;  // that @ was part of a query
        return out;
    }
    out = Parts{};
    if (!split_location(rest, out)) {
        return wrong("cannot be read")
            .with_hint("it should be postgresql://USER:PASSWORD@HOST:PORT/DATABASE; in a password write @ as %40, / as %2F, # as %23, ? as %3F");
    }
    return out;
}

constexpr const char* spelling = "in a password write @ as %40, / as %2F, # as %23, ? as %3F, : as %3A";

Result<void> read_hosts(std::string_view text, const std::string& source, bool has_login, Target& target) {
    if (text.empty()) return {};
    bool any_port = false;
    std::vector<std::string> hosts;
    std::vector<int> ports;
    for (const auto& one : split(text, ',')) {
        std::string_view host = one, port;
        if (host.starts_with('[')) {
            const auto close = host.find(']');
            if (close == std::string_view::npos)
                return wrong("has an IPv6 address without its \"]\"").with_hint("write it like postgresql://user@[::1]:5432/database");
            const std::string_view after = host.substr(close + 1);
            if (!after.empty() && !after.starts_with(':'))
                return wrong("has something else than a port behind \"]\"").with_hint("write it like postgresql://user@[::1]:5432/database");
            port = after.empty() ? "" : after.substr(1);
            host = host.substr(1, close - 1);
        } else if (const auto colon = host.rfind(':'); colon != std::string_view::npos) {
            port = host.substr(colon + 1);
            host = host.substr(0, colon);
        }
        int number = 5432;
        if (!port.empty()) {
            const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
            const bool digits = std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
            // What is no number may be a part of a password: it is not shown.
            if (!digits)
                return wrong("has a port that is no number")
                    .with_hint(has_login ? spelling : std::string("is the @ before the host missing? ") + spelling);
            if (error != std::errc{} || number < 1 || number > 65535) {
                // Without a login it may be a password that lacks its @.
                return wrong("has " + (has_login ? "port " + std::string(port) + ", which" : std::string("a port that")) + " is not from 1 to 65535")
                    .with_hint(has_login ? "PostgreSQL's own is 5432" : std::string("is the @ before the host missing? ") + spelling);
            }
            any_port = true;
        }
        hosts.push_back(decoded(host));
        ports.push_back(number);
    }
    if (std::ranges::all_of(hosts, [](const auto& host) { return host.empty(); })) hosts.clear();
    if (!hosts.empty()) target.hosts = {std::move(hosts), source};
    if (any_port) target.ports = {std::move(ports), source};
    return {};
}

std::vector<std::string> schemas_of(const std::string& list) {
    auto out = split(list, ',');
    for (auto& schema : out) schema = std::string(trim(schema));
    std::erase_if(out, [](const std::string& schema) { return schema.empty(); });
    return out;
}

constexpr const char* unused_options = "the database URL's options are not used, but for search_path: set them in the step or with ALTER ROLE";

// search_path=a,b out of `-c search_path=a,b`.
void read_options(const std::string& options, Target& target) {
    const auto at = options.find("search_path=");
    if (at == std::string::npos) {
        target.warnings.push_back(unused_options);
        return;
    }
    std::string value = options.substr(at + 12);
    value = value.substr(0, value.find(' '));
    target.search_path = schemas_of(value);
    std::string rest = options;
    rest.erase(at, 12 + value.size());
    if (rest.find('=') != std::string::npos) target.warnings.push_back(unused_options);
}

Result<void> read_parameter(const std::string& name, const std::string& value, const std::string& source, Target& target,
                            std::vector<std::string>& unknown) {
    if (name == "host") {
        target.hosts = {split(value, ','), source};
    } else if (name == "port") {
        std::vector<int> ports;
        for (const auto& one : split(value, ',')) {
            int port = 0;
            const auto [end, error] = std::from_chars(one.data(), one.data() + one.size(), port);
            if (error != std::errc{} || end != one.data() + one.size() || port < 1 || port > 65535)
                return wrong("has port " + printable(one) + ", which is not from 1 to 65535").with_hint("PostgreSQL's own is 5432");
            ports.push_back(port);
        }
        target.ports = {std::move(ports), source};
    } else if (name == "user") {
        target.user = {value, source};
    } else if (name == "password") {
        target.password = {Secret(value), source};
    } else if (name == "dbname") {
        target.dbname = {value, source};
    } else if (name == "schema" || name == "currentSchema" || name == "search_path") {
        target.search_path = schemas_of(value);
    } else if (name == "options") {
        read_options(value, target);
    } else if (name == "ssl") {
        if (value == "true" || value == "1" || value.empty()) target.parameters["sslmode"] = "require";
    } else if (name == "sslmode" && value == "no-verify") {
        target.parameters["sslmode"] = "require";
    } else if (name == "sslmode" && !is_sslmode(value)) {
        return wrong("has sslmode \"" + printable(value) + "\"").with_hint(sslmodes);
    } else if (one_of(name, known_parameters)) {
        target.parameters[name] = value;
    } else if (!one_of(name, silent_parameters)) {
        unknown.push_back(printable(name));
    }
    return {};
}

}  // namespace

bool is_sslmode(std::string_view text) {
    static constexpr std::array<std::string_view, 6> modes{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"};
    return one_of(text, modes);
}

Result<Target> parse_url(std::string_view url, std::string source) {
    url = trim(url);
    const bool jdbc = url.starts_with("jdbc:");
    if (jdbc) url.remove_prefix(5);
    const auto colon = url.find("://");
    if (jdbc && colon == std::string_view::npos && url.starts_with("postgresql:")) {
        Target local;
        local.dbname = {decoded(url.substr(11, url.find('?') - 11)), std::move(source)};
        return local;
    }
    if (colon == std::string_view::npos)
        return wrong("is no URL: it has no scheme://").with_hint("it should be postgresql://USER:PASSWORD@HOST:PORT/DATABASE");
    const std::string scheme = lower(url.substr(0, std::min(colon, url.find('+'))));
    if (!one_of(scheme, schemes)) {
        const bool shown = scheme.size() < 20 && std::ranges::all_of(scheme, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
        return wrong("has a scheme that is not PostgreSQL's" + (shown ? ": " + scheme : ""))
            .with_hint("schemes are postgresql, postgres, postgis, psql, pgsql, X+driver and jdbc:postgresql");
    }
    PGPRIMER_TRY(const Parts parts, split_url(url.substr(colon + 3)));
    Target target;
    if (!parts.user.empty()) target.user = {decoded(parts.user), source};
    if (parts.has_password) {
        target.password = {Secret(decoded(parts.password)), source};
        target.written_password = Secret(std::string(parts.password));
    }
    if (!parts.dbname.empty()) target.dbname = {decoded(parts.dbname), source};
    PGPRIMER_CHECK(read_hosts(parts.hosts, source, parts.has_login, target));
    std::vector<std::string> unknown;
    if (!parts.query.empty()) {
        for (const auto& pair : split(parts.query, '&')) {
            if (pair.empty()) continue;
            const auto equals = pair.find('=');
            const std::string value = equals == std::string::npos ? "" : decoded(std::string_view(pair).substr(equals + 1));
            const std::string name = decoded(std::string_view(pair).substr(0, equals));
            PGPRIMER_CHECK(read_parameter(name, value, source, target, unknown));
            if (name == "password" && equals != std::string::npos) target.written_password = Secret(pair.substr(equals + 1));
        }
    }
    if (!unknown.empty())
        target.warnings.push_back("the database URL's parameters " + join(unknown, ", ") + " are unknown to PostgreSQL and not used");
    return target;
}

}  // namespace pgprimer::config
