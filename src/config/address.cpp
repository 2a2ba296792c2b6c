#include "address.hpp"

#include <algorithm>
#include <charconv>

#include "pgprimer/base/text.hpp"

namespace pgprimer::config {
namespace {

constexpr std::size_t largest_secret = 64U << 10U;
constexpr std::size_t largest_list = 1U << 20U;

std::string find(const Environment& environment, const std::string& name) {
    const auto found = environment.find(name);
    return found == environment.end() ? "" : found->second;
}

Result<std::vector<int>> read_ports(const std::string& text, const std::string& source) {
    std::vector<int> ports;
    for (const auto& one : split(text, ',')) {
        int port = 0;
        const auto [end, error] = std::from_chars(one.data(), one.data() + one.size(), port);
        if (error != std::errc{} || end != one.data() + one.size() || port < 1 || port > 65535) {
            return Diagnostic(Error::config, source + " is \"" + printable(one) + "\", which is no port from 1 to 65535")
                .with_hint("PostgreSQL's own is 5432");
        }
        ports.push_back(port);
    }
    return ports;
}

// One entry of a connection service file.
Result<std::map<std::string, std::string>> read_service(const io::Files& files, const Environment& environment, const std::string& name) {
    std::string path = find(environment, "PGSERVICEFILE");
    if (path.empty()) path = find(environment, "HOME") + "/.pg_service.conf";
    PGPRIMER_TRY(const std::string text, io::read_all(files, path, largest_list));
    std::map<std::string, std::string> out;
    bool inside = false, found = false;
    for (const auto& raw : split(text, '\n')) {
        const std::string_view line = trim(raw);
        if (line.empty() || line.front() == '#') continue;
        if (line.front() == '[') {
            inside = line == "[" + name + "]";
            found |= inside;
            continue;
        }
        const auto equals = line.find('=');
        if (inside && equals != std::string_view::npos) out[std::string(trim(line.substr(0, equals)))] = std::string(trim(line.substr(equals + 1)));
    }
    if (!found) return Diagnostic(Error::config, "service \"" + name + "\" (from PGSERVICE) is not in \"" + path + "\"");
    return out;
}

Result<Target> from_pg(const io::Files& files, const Environment& environment) {
    Target out;
    std::map<std::string, std::string> service;
    if (const auto name = find(environment, "PGSERVICE"); !name.empty()) { PGPRIMER_TRY(service, read_service(files, environment, name)); }
    const auto part = [&](const char* variable, const char* key) -> std::pair<std::string, std::string> {
        if (auto value = find(environment, variable); !value.empty()) return {value, std::string("environment ") + variable};
        const auto found = service.find(key);
        return found == service.end() ? std::pair<std::string, std::string>{} : std::pair(found->second, "service " + find(environment, "PGSERVICE"));
    };
    if (const auto [value, source] = part("PGHOST", "host"); !value.empty()) out.hosts = {split(value, ','), source};
    if (const auto [value, source] = part("PGPORT", "port"); !value.empty()) {
        PGPRIMER_TRY(auto ports, read_ports(value, source));
        out.ports = {std::move(ports), source};
    }
    if (const auto [value, source] = part("PGUSER", "user"); !value.empty()) out.user = {value, source};
    if (const auto [value, source] = part("PGPASSWORD", "password"); !value.empty()) out.password = {Secret(value), source};
    if (const auto [value, source] = part("PGDATABASE", "dbname"); !value.empty()) out.dbname = {value, source};
    if (const auto [value, source] = part("PGSSLMODE", "sslmode"); !value.empty()) {
        if (!is_sslmode(value))
            return Diagnostic(Error::config, source + " is \"" + printable(value) + "\"")
                .with_hint("it is one of disable, allow, prefer, require, verify-ca, verify-full");
        out.parameters["sslmode"] = value;
    }
    if (const auto [value, source] = part("PGSSLROOTCERT", "sslrootcert"); !value.empty()) out.parameters["sslrootcert"] = value;
    return out;
}

// NAME or NAME_FILE, as the official image reads them.
Result<Sourced<std::string>> from_image(const io::Files& files, const Environment& environment, const std::string& name) {
    const std::string value = find(environment, name), file = find(environment, name + "_FILE");
    if (!value.empty() && !file.empty()) return Diagnostic(Error::config, name + " and " + name + "_FILE are both set").with_hint("set one of them");
    if (!value.empty()) return Sourced<std::string>{value, "environment " + name};
    if (file.empty()) return Sourced<std::string>{};
    auto content = read_secret_file(files, file);
    if (!content) {
        Diagnostic why = content.error();
        why.message = name + "_FILE: " + why.message;
        return why;
    }
    return Sourced<std::string>{std::move(content).value(), name + "_FILE (" + file + ")"};
}

Result<Target> from_postgres(const io::Files& files, const Environment& environment) {
    Target out;
    PGPRIMER_TRY(out.user, from_image(files, environment, "POSTGRES_USER"));
    PGPRIMER_TRY(const auto password, from_image(files, environment, "POSTGRES_PASSWORD"));
    if (!password.value.empty()) out.password = {Secret(password.value), password.source};
    PGPRIMER_TRY(out.dbname, from_image(files, environment, "POSTGRES_DB"));
    if (const auto host = find(environment, "POSTGRES_HOST"); !host.empty()) out.hosts = {split(host, ','), "environment POSTGRES_HOST"};
    if (const auto port = find(environment, "POSTGRES_PORT"); !port.empty()) {
        PGPRIMER_TRY(auto ports, read_ports(port, "environment POSTGRES_PORT"));
        out.ports = {std::move(ports), "environment POSTGRES_PORT"};
    }
    return out;
}

// libpq's password file: host:port:database:user:password, * for any, \ before : and \.
std::vector<std::string> pass_fields(std::string_view line) {
    std::vector<std::string> out(1);
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\\' && i + 1 < line.size())
            out.back() += line[++i];
        else if (line[i] == ':' && out.size() < 5)
            out.emplace_back();
        else
            out.back() += line[i];
    }
    return out;
}

void look_up_password(Target& target, const io::Files& files, const Environment& environment) {
    std::string path = find(environment, "PGPASSFILE");
    if (path.empty() && find(environment, "HOME").empty()) return;
    if (path.empty()) path = find(environment, "HOME") + "/.pgpass";
    const auto stat = files.stat(path);
    if (!stat || stat->type != io::Stat::Type::file) return;
    if ((stat->mode & 077U) != 0) {
        target.warnings.push_back("\"" + path + "\" is readable for others and so not used, as by psql: chmod 600 it");
        return;
    }
    const auto text = io::read_all(files, path, largest_list);
    if (!text) return;
    const std::string host = target.hosts.value.front().starts_with('/') ? "localhost" : target.hosts.value.front();
    const std::string port = std::to_string(target.ports.value.front());
    for (const auto& raw : split(*text, '\n')) {
        const std::string_view line = raw.ends_with('\r') ? std::string_view(raw).substr(0, raw.size() - 1) : std::string_view(raw);
        if (line.empty() || line.front() == '#') continue;
        const auto fields = pass_fields(line);
        const auto fits = [&fields](std::size_t i, const std::string& value) { return fields[i] == "*" || fields[i] == value; };
        if (fields.size() != 5 || !fits(0, host) || !fits(1, port) || !fits(2, target.dbname.value) || !fits(3, target.user.value)) continue;
        target.password = {Secret(fields[4]), path};
        return;
    }
}

template <class T>
void fill(Sourced<T>& open, const Sourced<T>& from) {
    if (open.source.empty()) open = from;
}

}  // namespace

Result<std::string> read_secret_file(const io::Files& files, const std::filesystem::path& path) {
    PGPRIMER_TRY(std::string text, io::read_all(files, path, largest_secret));
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    return text;
}

Result<Ranks> environment_targets(const io::Files& files, const Environment& environment) {
    Ranks out;
    if (const auto url = find(environment, "DATABASE_URL"); !url.empty()) {
        auto target = parse_url(url, "environment DATABASE_URL");
        if (target) {
            out.lower.push_back(std::move(target).value());
        } else {
            out.unusable = target.error();
            out.unusable->message = "environment DATABASE_URL: " + out.unusable->message;
        }
    }
    PGPRIMER_TRY(auto pg, from_pg(files, environment));
    out.lower.push_back(std::move(pg));
    PGPRIMER_TRY(auto postgres, from_postgres(files, environment));
    out.lower.push_back(std::move(postgres));
    return out;
}

Result<void> Ranks::check(Target& first) const {
    if (!unusable) return {};
    const std::string& source = first.hosts.source;
    if (source == "default" || source == "environment PGHOST" || source == "environment POSTGRES_HOST" || source.starts_with("service "))
        return *unusable;
    first.warnings.push_back(unusable->message + "; it is not used, since " + source + " says where the server is");
    return {};
}

void complete(Target& target, const std::vector<Target>& lower, const io::Files& files, const Environment& environment) {
    for (const auto& from : lower) {
        // A password belongs to the user that its own source names: it is not sent as somebody else's.
        const bool same_user = target.user.source.empty() || from.user.source.empty() || from.user.value == target.user.value;
        const bool same_host = target.hosts.source.empty() || from.hosts.source.empty() || from.hosts.value == target.hosts.value;
        if (same_user && same_host) fill(target.password, from.password);
        fill(target.user, from.user);
        if (target.hosts.source.empty()) {
            target.hosts = from.hosts;
            fill(target.ports, from.ports);
        } else if (same_host) {
            fill(target.ports, from.ports);
        }
        fill(target.dbname, from.dbname);
        if (same_host) target.parameters.insert(from.parameters.begin(), from.parameters.end());
        if (target.search_path.empty()) target.search_path = from.search_path;
        target.warnings.insert(target.warnings.end(), from.warnings.begin(), from.warnings.end());
    }
    fill(target.hosts, {{"localhost"}, "default"});
    fill(target.ports, {{5432}, "default"});
    fill(target.user, {"postgres", "default"});
    fill(target.dbname, {target.user.value, "default, the user's name"});
    if (target.password.source.empty()) look_up_password(target, files, environment);
}

}  // namespace pgprimer::config
