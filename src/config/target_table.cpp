#include "target_table.hpp"

#include <algorithm>

#include "address.hpp"
#include "pgprimer/base/text.hpp"

namespace pgprimer::config {
namespace {

// An empty value is none, as of an environment variable: "${DB_HOST:-}" leaves the part to the lower ranks.
std::optional<Located<std::string>> given(Fields& f, const char* key) {
    auto value = f.text(key);
    return value && !value->value.empty() ? value : std::nullopt;
}

// url, or the keys beside it.
void read_address(Fields& f, const std::string& where, Target& target, Reading& reading) {
    if (const auto url = given(f, "url")) {
        auto parsed = parse_url(**url, where + " url");
        if (!parsed) {
            reading.fail(url->place, where + " url: " + parsed.error().message, parsed.error().hint);
        } else {
            const std::string name = std::move(target.name);
            const Place place = target.place;
            target = std::move(parsed).value();
            target.name = name;
            target.place = place;
        }
        for (const char* key : {"host", "port", "user", "dbname"}) {
            if (f.has(key)) reading.fail(f.place(key), where + " has url and " + key, "the url says it already: leave one of them out");
            f.known(key);
        }
    } else {
        if (const auto host = given(f, "host")) target.hosts = {split(**host, ','), where + " host"};
        if (const auto port = f.integer("port", 1, 65535)) target.ports = {{static_cast<int>(*port)}, where + " port"};
        if (const auto user = given(f, "user")) target.user = {**user, where + " user"};
        if (const auto dbname = given(f, "dbname")) target.dbname = {**dbname, where + " dbname"};
    }
    const auto password = given(f, "password");
    if (password) target.password = {Secret(**password), where + " password"};
    if (const auto file = given(f, "password_file")) {
        if (password) reading.fail(file->place, where + " has password and password_file", "leave one of them out");
        auto content = reading.read_secret(**file);
        if (content)
            target.password = {Secret(std::move(content).value()), "password_file " + **file};
        else
            reading.fail(file->place, where + " password_file: " + content.error().message,
                         content.error().detail + (content.error().detail.empty() ? "" : "; ") + content.error().hint);
    }
    if (const auto mode = given(f, "sslmode")) {
        if (!is_sslmode(**mode))
            reading.fail(mode->place, where + " sslmode is \"" + printable(**mode) + "\"",
                         "it is one of disable, allow, prefer, require, verify-ca, verify-full");
        target.parameters["sslmode"] = **mode;
    }
}

// Where the server itself is, if `url` is a pooler. A flag's address is another one than the file's, which may be of another server altogether: only
// the environment says then.
std::optional<Target> read_direct(Fields& f, const std::string& where, bool flagged, const std::string& from_environment, Reading& reading) {
    auto url = given(f, "direct_url");
    std::string source = where + " direct_url";
    if (url && flagged && !url->place.file.starts_with("environment ")) url.reset();
    if (!from_environment.empty()) {
        source = "environment PGPRIMER_DIRECT_URL";
        url = {from_environment, {source, 0, 0}};
    }
    if (!url) return std::nullopt;
    auto parsed = parse_url(**url, source);
    if (!parsed) {
        reading.fail(url->place, source + ": " + parsed.error().message, parsed.error().hint);
        return std::nullopt;
    }
    if (parsed->hosts.source.empty()) {
        reading.fail(url->place, source + " names no host", "it is the address of PostgreSQL itself, behind what url names: postgresql://HOST:5432");
        return std::nullopt;
    }
    return std::move(parsed).value();
}

// `direct` and what it leaves open from `target`, which becomes the address of those that depend on it. The server behind a pooler has the same
// roles.
void go_direct(Target& target, Target direct, const Reading& reading, const Environment& environment) {
    Target server = target;
    const bool same_user = direct.user.source.empty() || direct.user.value == target.user.value;
    if (direct.user.source.empty()) direct.user = target.user;
    if (direct.password.source.empty() && same_user) {
        direct.password = target.password;
        direct.written_password = target.written_password;
    }
    if (direct.dbname.source.empty()) direct.dbname = target.dbname;
    complete(direct, {}, reading.files(), environment);
    server.hosts = std::move(direct.hosts);
    server.ports = std::move(direct.ports);
    server.user = std::move(direct.user);
    server.password = std::move(direct.password);
    server.written_password = std::move(direct.written_password);
    server.dbname = std::move(direct.dbname);
    server.parameters = std::move(direct.parameters);
    if (!direct.search_path.empty()) server.search_path = std::move(direct.search_path);
    server.warnings.insert(server.warnings.end(), direct.warnings.begin(), direct.warnings.end());
    server.dependents = std::make_shared<const Target>(std::move(target));
    target = std::move(server);
}

struct Read {
    Target target;
    std::optional<Target> direct;
};

Read read_target(const toml::table& table, const std::string& name, const std::optional<Target>& flag, const std::vector<std::string>& others,
                 const std::string& direct_url, Reading& reading) {
    const std::string where = name.empty() ? "[target]" : "[target." + name + "]";
    Fields f(table, where, reading);
    Target target;
    target.name = name;
    target.place = f.place();
    read_address(f, where, target, reading);
    if (flag) {
        const Place place = target.place;
        target = *flag;
        target.name = name;
        target.place = place;
    }
    target.create_database = f.boolean("create_database").value_or(false);
    target.wait_for_database = f.boolean("wait_for_database").value_or(false);
    target.wait_for_role = f.boolean("wait_for_role").value_or(false);
    target.socket_only = f.boolean("socket_only").value_or(false);
    target.read_only = f.boolean("read_only").value_or(false);
    target.allow_destructive = f.boolean("allow_destructive").value_or(false);
    target.after = f.text("after");
    auto direct = read_direct(f, where, flag.has_value(), direct_url, reading);
    if (direct && target.parameters.contains("sslmode") && f.has("sslmode")) direct->parameters.emplace("sslmode", target.parameters.at("sslmode"));
    for (const auto& other : others) f.known(other.c_str());
    f.finish();
    return {std::move(target), std::move(direct)};
}

}  // namespace

std::vector<Target> read_targets(const toml::table* table, const std::optional<Target>& flag, const std::vector<Target>& lower, Reading& reading,
                                 const Environment& environment) {
    std::vector<Target> out;
    static const toml::table none;
    std::vector<std::pair<std::string, const toml::table*>> named;
    std::vector<std::string> names;
    bool plain = table == nullptr;
    if (table != nullptr) {
        for (const auto& [key, value] : *table) {
            if (const auto* sub = value.as_table()) {
                named.emplace_back(key.str(), sub);
                names.emplace_back(key.str());
            } else {
                plain = true;
            }
        }
        plain |= named.empty();
        std::ranges::stable_sort(named, {}, [&reading](const auto& one) { return reading.place(*one.second).line; });
    }
    std::vector<std::optional<Target>> directs;
    const auto read = [&](const toml::table& one, const std::string& name, const std::vector<std::string>& others) {
        const auto url = environment.find("PGPRIMER_DIRECT_URL");
        const bool is_first = out.empty();
        auto both = read_target(one, name, is_first ? flag : std::nullopt, others, is_first && url != environment.end() ? url->second : "", reading);
        out.push_back(std::move(both.target));
        directs.push_back(std::move(both.direct));
    };
    if (plain) read(table != nullptr ? *table : none, "", names);
    for (const auto& [name, sub] : named) read(*sub, name, {});
    for (std::size_t i = 0; i < out.size(); ++i) {
        Target& target = out[i];
        // What a further target does not say of the server is the first one's.
        std::vector<Target> ranks = lower;
        if (i > 0) {
            Target server;
            server.hosts = out.front().hosts;
            server.ports = out.front().ports;
            server.dbname = out.front().dbname;
            server.parameters = out.front().parameters;
            ranks.insert(ranks.begin(), server);
            if (target.hosts.source.empty() && directs.front() && !directs[i]) {
                Target& direct = directs[i].emplace(*directs.front());
                direct.user = target.user;
                direct.password = {};
                direct.written_password = {};
                if (!target.dbname.source.empty()) direct.dbname = target.dbname;
            }
        }
        complete(target, ranks, reading.files(), environment);
    }
    for (std::size_t i = 0; i < out.size(); ++i) {
        Target& target = out[i];
        reading.hide(target.password.value);
        reading.hide(target.written_password);
        if (!directs[i]) continue;
        go_direct(target, std::move(*directs[i]), reading, environment);
        reading.hide(target.password.value);
        reading.hide(target.written_password);
    }
    return out;
}

}  // namespace pgprimer::config
