#include "address.hpp"

#include <algorithm>
#include <charconv>

#include "pgprimer/base/text.hpp"

namespace pgprimer::config {
namespace {

constexpr std::size_t largest_secret = 64U << 10U;
constexpr std::size_t largest_list = 1U << 20U;

Sourced<std::vector<int>> ports_of(const std::string& text, const std::string& source) {
    Sourced<std::vector<int>> ports{{}, source};
    auto read = read_ports(text, source);
    if (read)
        ports.value = std::move(read).value();
    else
        ports.defect = read.error();
    return ports;
}

// A file that a variable names cannot be read: the variable is what to look at.
Diagnostic of_variable(const std::string& variable, Diagnostic why) {
    why.place = {};
    why.message = variable + ": " + why.message;
    return why;
}

Result<Target> from_pg(const io::Files& files, const Environment& environment) {
    Target out;
    std::map<std::string, std::string> service;
    if (const auto name = find(environment, "PGSERVICE"); !name.empty()) {
        auto read = read_service(files, environment, name);
        if (read) {
            service = std::move(read).value();
        } else {
            // It might have said any part.
            const Diagnostic why = of_variable("environment PGSERVICE", read.error());
            const std::string source = "service " + name;
            out.hosts = {{}, source, why};
            out.ports = {{}, source, why};
            out.user = {{}, source, why};
            out.password = {{}, source, why};
            out.dbname = {{}, source, why};
        }
    }
    const auto part = [&](const char* variable, const char* key) -> std::pair<std::string, std::string> {
        if (auto value = find(environment, variable); !value.empty()) return {value, std::string("environment ") + variable};
        const auto found = service.find(key);
        return found == service.end() ? std::pair<std::string, std::string>{} : std::pair(found->second, "service " + find(environment, "PGSERVICE"));
    };
    if (const auto [value, source] = part("PGHOST", "host"); !value.empty()) out.hosts = {split(value, ','), source};
    if (const auto [value, source] = part("PGPORT", "port"); !value.empty()) out.ports = ports_of(value, source);
    if (const auto [value, source] = part("PGUSER", "user"); !value.empty()) out.user = {value, source};
    if (const auto [value, source] = part("PGPASSWORD", "password"); !value.empty()) out.password = {Secret(value), source};
    if (const auto [value, source] = part("PGDATABASE", "dbname"); !value.empty()) out.dbname = {value, source};
    if (const auto [value, source] = part("PGSSLMODE", "sslmode"); !value.empty()) {
        if (!is_sslmode(value))
            return Diagnostic(Error::config, source + " is \"" + printable(value) + "\"")
                .with_hint("it is one of disable, allow, prefer, require, verify-ca, verify-full");
        out.parameters["sslmode"] = value;
    }
    if (!find(environment, "PGOPTIONS").empty())
        out.warnings.emplace_back("environment PGOPTIONS is not used: set what it sets in the step or with ALTER ROLE");
    if (const auto [value, source] = part("PGSSLROOTCERT", "sslrootcert"); !value.empty()) out.parameters["sslrootcert"] = value;
    return out;
}

// NAME or NAME_FILE, as the official image reads them.
Sourced<std::string> from_image(const io::Files& files, const Environment& environment, const std::string& name) {
    const std::string value = find(environment, name), file = find(environment, name + "_FILE");
    if (!value.empty() && !file.empty())
        return {"", "environment " + name, Diagnostic(Error::config, name + " and " + name + "_FILE are both set").with_hint("set one of them")};
    if (!value.empty()) return {value, "environment " + name};
    if (file.empty()) return {};
    auto content = read_secret_file(files, file);
    const std::string source = name + "_FILE (" + file + ")";
    if (!content) return {"", source, of_variable("environment " + name + "_FILE", content.error())};
    return {std::move(content).value(), source};
}

Target from_postgres(const io::Files& files, const Environment& environment) {
    Target out;
    out.user = from_image(files, environment, "POSTGRES_USER");
    auto password = from_image(files, environment, "POSTGRES_PASSWORD");
    out.password = {Secret(std::move(password.value)), std::move(password.source), std::move(password.defect)};
    out.dbname = from_image(files, environment, "POSTGRES_DB");
    if (const auto host = find(environment, "POSTGRES_HOST"); !host.empty()) out.hosts = {split(host, ','), "environment POSTGRES_HOST"};
    // Kubernetes sets it so in every container for a service "postgres", Docker for a link of that name: nobody's setting.
    const auto port = find(environment, "POSTGRES_PORT");
    if (!port.empty() && !port.starts_with("tcp://")) out.ports = ports_of(port, "environment POSTGRES_PORT");
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

template <class T>
void fill(Sourced<T>& open, const Sourced<T>& from) {
    if (open.source.empty()) open = from;
}

}  // namespace

std::string find(const std::map<std::string, std::string>& values, const std::string& name) {
    const auto found = values.find(name);
    return found == values.end() ? "" : found->second;
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
    if (!found) return Diagnostic(Error::config, "there is no [" + name + "] in \"" + path + "\"").with_hint("PGSERVICEFILE names another file");
    return out;
}

void look_up_password(Target& target, const io::Files& files, const Environment& environment) {
    if (target.defect() != nullptr) return;
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

Result<std::string> read_secret_file(const io::Files& files, const std::filesystem::path& path) {
    PGPRIMER_TRY(std::string text, io::read_all(files, path, largest_secret));
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    // Where text ends at a NUL byte, its first part would be taken for all of it.
    if (text.find('\0') != std::string::npos)
        return Diagnostic(Error::config, "\"" + path.string() + "\" holds NUL bytes, which no secret has")
            .with_hint("is it the right file, as UTF-8 text?");
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
    out.lower.push_back(from_postgres(files, environment));
    return out;
}

Result<void> Ranks::check(Target& first) const {
    if (const Diagnostic* defect = first.defect()) return *defect;
    if (!unusable) return {};
    const std::string& source = (first.dependents ? *first.dependents : first).hosts.source;
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
        if (same_user && same_host && target.password.source.empty()) {
            target.password = from.password;
            target.written_password = from.written_password;
        }
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
