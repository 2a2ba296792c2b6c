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

Target read_target(const toml::table& table, const std::string& name, const std::optional<Target>& flag, const std::vector<std::string>& others,
                   Reading& reading) {
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
    f.not_available("direct_url");
    for (const auto& other : others) f.known(other.c_str());
    f.finish();
    return target;
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
    if (plain) out.push_back(read_target(table != nullptr ? *table : none, "", flag, names, reading));
    for (const auto& [name, sub] : named) out.push_back(read_target(*sub, name, out.empty() ? flag : std::nullopt, {}, reading));
    for (auto& target : out) {
        // What a further target does not say of the server is the first one's.
        std::vector<Target> ranks = lower;
        if (&target != &out.front()) {
            Target server;
            server.hosts = out.front().hosts;
            server.ports = out.front().ports;
            server.dbname = out.front().dbname;
            server.parameters = out.front().parameters;
            ranks.insert(ranks.begin(), server);
        }
        complete(target, ranks, reading.files(), environment);
        reading.hide(target.password.value);
        reading.hide(target.written_password);
    }
    return out;
}

}  // namespace pgprimer::config
