#include "pgprimer/config/psql.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "address.hpp"
#include "pgprimer/base/text.hpp"

namespace pgprimer::config {
namespace {

using Values = std::map<std::string, std::string>;
using Settings = std::vector<std::pair<std::string, std::string>>;

// Which keyword a variable stands for: libpq's table.
constexpr std::array<std::pair<const char*, const char*>, 24> variables{{{"PGHOST", "host"},
                                                                         {"PGHOSTADDR", "hostaddr"},
                                                                         {"PGPORT", "port"},
                                                                         {"PGDATABASE", "dbname"},
                                                                         {"PGUSER", "user"},
                                                                         {"PGPASSWORD", "password"},
                                                                         {"PGPASSFILE", "passfile"},
                                                                         {"PGOPTIONS", "options"},
                                                                         {"PGAPPNAME", "application_name"},
                                                                         {"PGCONNECT_TIMEOUT", "connect_timeout"},
                                                                         {"PGCLIENTENCODING", "client_encoding"},
                                                                         {"PGTARGETSESSIONATTRS", "target_session_attrs"},
                                                                         {"PGCHANNELBINDING", "channel_binding"},
                                                                         {"PGREQUIREPEER", "requirepeer"},
                                                                         {"PGSSLMODE", "sslmode"},
                                                                         {"PGSSLCERT", "sslcert"},
                                                                         {"PGSSLKEY", "sslkey"},
                                                                         {"PGSSLROOTCERT", "sslrootcert"},
                                                                         {"PGSSLCRL", "sslcrl"},
                                                                         {"PGSSLCRLDIR", "sslcrldir"},
                                                                         {"PGSSLSNI", "sslsni"},
                                                                         {"PGSSLCOMPRESSION", "sslcompression"},
                                                                         {"PGSSLMINPROTOCOLVERSION", "ssl_min_protocol_version"},
                                                                         {"PGSSLMAXPROTOCOLVERSION", "ssl_max_protocol_version"}}};
// Variables that are settings of the session.
constexpr std::array<std::pair<const char*, const char*>, 3> of_session{{{"PGDATESTYLE", "datestyle"}, {"PGTZ", "timezone"}, {"PGGEQO", "geqo"}}};
// Not libpq's to know once they are read here.
const std::set<std::string> ours{"host",     "hostaddr",         "port",       "user",
                                 "dbname",   "password",         "passfile",   "options",
                                 "service",  "application_name", "gssencmode", "fallback_application_name",
                                 "gsslib",   "client_encoding",  "krbsrvname", "connect_timeout",
                                 "authtype", "replication",      "tty"};

// What is not given yet, with the source of each part.
class Parts {
public:
    void add(const std::string& keyword, const std::string& value, const std::string& source) {
        if (!value.empty() && values_.emplace(keyword, value).second) sources_[keyword] = source;
    }
    [[nodiscard]] bool has(const std::string& keyword) const { return values_.contains(keyword); }
    [[nodiscard]] std::string value(const std::string& keyword) const { return find(values_, keyword); }
    [[nodiscard]] std::string source(const std::string& keyword) const { return find(sources_, keyword); }
    [[nodiscard]] const Values& all() const { return values_; }

private:
    Values values_, sources_;
};

// Where PostgreSQL's packages and its own source have the socket.
std::string socket_folder(const io::Files& files, int port) {
    for (const char* folder : {"/var/run/postgresql", "/tmp"}) {
        if (files.stat(std::string(folder) + "/.s.PGSQL." + std::to_string(port))) return folder;
    }
    return "";
}

Result<void> read_place(Target& out, const Parts& parts, const io::Files& files) {
    out.ports = {{5432}, "default"};
    if (parts.has("port")) {
        PGPRIMER_TRY(auto ports, read_ports(parts.value("port"), "port of " + parts.source("port")));
        out.ports = {std::move(ports), parts.source("port")};
    }
    if (const std::string host = parts.has("hostaddr") ? "hostaddr" : "host"; parts.has(host)) {
        out.hosts = {split(parts.value(host), ','), parts.source(host)};
        for (auto& one : out.hosts.value) {
            if (one.empty()) one = "localhost";
        }
        return {};
    }
    const std::string folder = socket_folder(files, out.ports.value.front());
    out.hosts = {{folder.empty() ? "localhost" : folder}, folder.empty() ? "default" : "the socket that is there"};
    return {};
}

// Words with \ before what is meant itself.
std::vector<std::string> words_of(const std::string& text) {
    std::vector<std::string> out;
    bool inside = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool space = std::string_view(" \t\n\r\f\v").find(text[i]) != std::string_view::npos;
        if (space) {
            inside = false;
            continue;
        }
        if (!std::exchange(inside, true)) out.emplace_back();
        if (text[i] == '\\' && i + 1 < text.size()) ++i;
        out.back() += text[i];
    }
    return out;
}

}  // namespace

Result<Settings> parse_pgoptions(const std::string& text) {
    Settings out;
    const auto words = words_of(text);
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string setting;
        if (words[i] == "-c" && i + 1 < words.size())
            setting = words[++i];
        else if (words[i].starts_with("--") || (words[i].starts_with("-c") && words[i].size() > 2))
            setting = words[i].substr(2);
        const auto equals = setting.find('=');
        if (equals == 0 || equals == std::string::npos) {
            return Diagnostic(Error::config, "the connection's options (PGOPTIONS) hold \"" + printable(words[i]) + "\", which is no setting")
                .with_hint("write them like: -c search_path=app -c statement_timeout=5s");
        }
        std::string name = setting.substr(0, equals);
        std::ranges::replace(name, '-', '_');
        out.emplace_back(std::move(name), setting.substr(equals + 1));
    }
    return out;
}

Result<PsqlTarget> psql_target(const io::Files& files, const Environment& environment, Values given) {
    Parts parts;
    for (const auto& [keyword, value] : given) parts.add(keyword, value, "the command line");
    const bool named = !find(given, "service").empty();
    if (const std::string service = named ? given["service"] : find(environment, "PGSERVICE"); !service.empty()) {
        PGPRIMER_TRY(const auto entry, read_service(files, environment, service));
        for (const auto& [keyword, value] : entry) parts.add(keyword, value, "service " + service);
    }
    for (const auto& [variable, keyword] : variables) parts.add(keyword, find(environment, variable), std::string("environment ") + variable);
    parts.add("user", "postgres", "default");
    parts.add("dbname", parts.value("user"), "default, the user's name");

    PsqlTarget out;
    PGPRIMER_CHECK(read_place(out.target, parts, files));
    out.target.user = {parts.value("user"), parts.source("user")};
    out.target.dbname = {parts.value("dbname"), parts.source("dbname")};
    if (parts.has("password")) out.target.password = {Secret(parts.value("password")), parts.source("password")};
    for (const auto& [keyword, value] : parts.all()) {
        if (!ours.contains(keyword)) out.target.parameters[keyword] = value;
    }
    if (parts.has("application_name")) out.application_name = parts.value("application_name");
    if (parts.has("client_encoding")) out.client_encoding = parts.value("client_encoding");
    if (const std::string text = parts.value("connect_timeout"); !text.empty()) {
        int seconds = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
        if (error != std::errc{} || end != text.data() + text.size())
            return Diagnostic(Error::config, parts.source("connect_timeout") + " is \"" + printable(text) + "\"; it is a number of seconds");
        if (seconds > 0) out.connect_timeout = std::chrono::seconds{std::max(seconds, 2)};  // libpq's least
    }
    for (const auto& [variable, setting] : of_session) {
        if (const auto value = find(environment, variable); !value.empty()) out.settings.emplace_back(setting, value);
    }
    PGPRIMER_TRY(auto options, parse_pgoptions(parts.value("options")));
    out.settings.insert(out.settings.end(), options.begin(), options.end());
    if (out.target.password.source.empty()) {
        Environment at = environment;
        if (parts.has("passfile")) at["PGPASSFILE"] = parts.value("passfile");
        look_up_password(out.target, files, at);
    }
    return out;
}

}  // namespace pgprimer::config
