#include "pgprimer/config/target.hpp"

#include <algorithm>
#include <utility>

#include "pgprimer/base/text.hpp"

namespace pgprimer::config {
namespace {

int port_at(const Target& target, std::size_t index) {
    return target.ports.value.empty() ? 5432 : target.ports.value[std::min(index, target.ports.value.size() - 1)];
}

std::string joined_hosts(const Target& target) {
    std::string out;
    for (const auto& host : target.hosts.value) out += (out.empty() ? "" : ",") + host;
    return out;
}

}  // namespace

std::string Target::display() const {
    std::string out = "postgresql://" + user.value + "@";
    for (std::size_t i = 0; i < hosts.value.size(); ++i) {
        const std::string& host = hosts.value[i];
        out += (i > 0 ? "," : "") + (host.find(':') != std::string::npos ? "[" + host + "]" : host) + ":" + std::to_string(port_at(*this, i));
    }
    return out + "/" + dbname.value;
}

Secret Target::url() const {
    std::string out = "postgresql://" + percent_encode(user.value);
    if (!password.value.empty()) out += ":" + percent_encode(password.value.reveal());
    out += '@';
    for (std::size_t i = 0; i < hosts.value.size(); ++i) {
        const std::string& host = hosts.value[i];
        out += i > 0 ? "," : "";
        out += host.find(':') != std::string::npos ? "[" + host + "]" : percent_encode(host);
        out += ":" + std::to_string(port_at(*this, i));
    }
    out += "/" + percent_encode(dbname.value);
    char separator = '?';
    for (const auto& [key, value] : parameters) {
        if (key == "passfile") continue;
        out += separator + percent_encode(key) + "=" + percent_encode(value);
        separator = '&';
    }
    return Secret(std::move(out));
}

const Diagnostic* Target::defect() const {
    for (const auto* part : {&hosts.defect, &ports.defect, &user.defect, &password.defect, &dbname.defect}) {
        if (*part) return &**part;
    }
    return dependents ? dependents->defect() : nullptr;
}

std::string Target::sources() const {
    // Parts by where they came from, in the order in which the sources are met.
    std::vector<std::pair<std::string, std::vector<std::string>>> by_source;
    const auto add = [&by_source](std::string part, const std::string& source) {
        auto found = std::ranges::find(by_source, source, &std::pair<std::string, std::vector<std::string>>::first);
        if (found == by_source.end()) found = by_source.insert(found, {source, {}});
        found->second.push_back(std::move(part));
    };
    add("user " + user.value, user.source);
    add("host " + joined_hosts(*this), hosts.source);
    if (ports.source != "default") add("port " + std::to_string(port_at(*this, 0)), ports.source);
    add("database " + dbname.value, dbname.source);
    if (!password.source.empty()) add(password.value.empty() ? "an empty password" : "password", password.source);
    std::string out;
    for (const auto& [source, parts] : by_source) {
        out += out.empty() ? "" : "; ";
        for (std::size_t i = 0; i < parts.size(); ++i) out += (i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ") + parts[i];
        out += source.starts_with("default") ? " by " + source : " from " + source;
    }
    return out;
}

}  // namespace pgprimer::config
