#pragma once
// What the tests of config share: configurations loaded from memory, targets and failures as short texts.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "pgprimer/config/load.hpp"
#include "support/fake_files.hpp"

namespace pgprimer::config {

using Lines = std::vector<std::string>;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* path = "/etc/app/pgprimer.toml";

inline Flags with_config() {
    Flags flags;
    flags.config_file = path;
    return flags;
}

inline Result<Config> loaded(const std::string& toml, Environment environment = {}, test::FakeFiles files = {}) {
    files.add(path, toml);
    return load(files, environment, with_config());
}

inline std::string joined(const Lines& parts) {
    std::string out;
    for (const auto& part : parts) out += (out.empty() ? "" : ",") + part;
    return out;
}

// "user:password@host,host:port,port/dbname" and what else there is; parts that are open are empty.
inline std::string told(const Target& t) {
    std::string out = t.user.value;
    if (!t.password.source.empty()) out += ":" + t.password.value.reveal();
    out += "@" + joined(t.hosts.value) + ":";
    for (std::size_t i = 0; i < t.ports.value.size(); ++i) out += (i > 0 ? "," : "") + std::to_string(t.ports.value[i]);
    out += "/" + t.dbname.value;
    for (const auto& [key, value] : t.parameters) out += " " + key + "=" + value;
    if (!t.search_path.empty()) out += " path=" + joined(t.search_path);
    for (const auto& warning : t.warnings) out += " (" + warning + ")";
    return out;
}

inline std::string told(const Result<Target>& t) { return t ? told(*t) : "error " + t.error().message; }

// "3:5 message | hint", one a failure; of the environment: "environment NAME message".
inline Lines failures(const Result<Config>& config) {
    if (config) return {};
    Lines out;
    const auto add = [&out](const Diagnostic& d) {
        const std::string at = d.place.line > 0 ? std::to_string(d.place.line) + ":" + std::to_string(d.place.column) : d.place.file;
        out.push_back(at + " " + d.message + (d.hint.empty() ? "" : " | " + d.hint));
    };
    add(config.error());
    for (const auto& further : config.error().more) add(further);
    return out;
}

inline bool hides(const Config& config, const std::string& text) {
    for (const auto& secret : config.secrets) {
        if (secret.reveal() == text) return true;
    }
    return false;
}

}  // namespace pgprimer::config
