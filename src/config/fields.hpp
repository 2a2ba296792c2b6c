#pragma once
// A TOML table, read key by key: types checked, places kept, unknown keys found at the end. All failures are collected.
#include <toml++/toml.h>

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "pgprimer/base/result.hpp"
#include "pgprimer/config/config.hpp"
#include "pgprimer/config/load.hpp"

namespace pgprimer::config {

// What reading a configuration shares: its text for places, ${...}, failures.
class Reading {
public:
    // `folder` is what the paths in it are relative to.
    Reading(std::string file, std::string text, std::filesystem::path folder, const io::Files& files, const Environment& environment);

    void fail(Place place, std::string message, std::string hint = "");
    [[nodiscard]] bool failed() const { return !failures_.empty(); }
    [[nodiscard]] bool failed_at(const Place& place) const;  // on that line
    // All failures as one, in the order of their places.
    [[nodiscard]] Diagnostic failure();

    [[nodiscard]] Place place(const toml::source_region& region) const;
    [[nodiscard]] Place place(const toml::node& node) const {
        const auto found = overridden_.find(&node);
        return found == overridden_.end() ? place(node.source()) : Place{"environment " + found->second, 0, 0};
    }
    // A node that an environment variable has put there.
    void override_place(const toml::node* node, std::string source) { overridden_[node] = std::move(source); }
    // ${NAME}, ${NAME:-default}, ${file:/path}, $${ for a literal ${. Failures are collected; what it had to read from files is a secret.
    std::string substitute(const std::string& text, const Place& at);
    [[nodiscard]] bool is_substituted(const toml::node& node) const;
    void hide(Secret secret) { secrets_.push_back(std::move(secret)); }

    // A path that stands in the configuration: a secret's file.
    [[nodiscard]] Result<std::string> read_secret(const std::string& path) const;
    [[nodiscard]] const io::Files& files() const { return files_; }
    [[nodiscard]] std::vector<Secret>& secrets() { return secrets_; }

private:
    void hide_if_secret(const std::string& name, const std::string& value);

    std::string file_;
    std::vector<std::string> lines_;
    std::filesystem::path folder_;
    const io::Files& files_;
    const Environment& environment_;
    std::vector<Diagnostic> failures_;
    std::vector<Secret> secrets_;
    std::map<const toml::node*, std::string> overridden_;
};

class Fields {
public:
    static constexpr const char* whole = "the configuration";  // the table of the file itself

    // `where` is for messages: "[target]", "[[step]]".
    Fields(const toml::table& table, std::string where, Reading& reading) : table_(table), where_(std::move(where)), reading_(reading) {}

    [[nodiscard]] bool has(const char* key) const { return table_.contains(key); }
    [[nodiscard]] Place place() const { return reading_.place(table_); }
    [[nodiscard]] Place place(const char* key) const;

    std::optional<Located<std::string>> text(const char* key);
    std::optional<std::string> plain(const char* key);
    std::optional<bool> boolean(const char* key);
    std::optional<long> integer(const char* key, long least, long most);
    std::optional<Milliseconds> duration(const char* key);
    // A string or an array of strings.
    std::optional<std::vector<Located<std::string>>> texts(const char* key, bool one_will_do = true);
    std::vector<std::string> plain_texts(const char* key);
    std::map<std::string, Located<std::string>> map(const char* key);
    std::map<std::string, std::string> plain_map(const char* key);
    // One of these words; their number.
    std::optional<std::size_t> word(const char* key, const std::vector<std::string>& words);
    const toml::table* table(const char* key);
    std::vector<const toml::table*> tables(const char* key);
    // Known, and an error that says so.
    void not_available(const char* key);
    // Known elsewhere: a key of steps of another kind.
    void known(const char* key) { known_.insert(key); }
    // Fails for every key that nobody asked for, with the nearest one.
    void finish();

private:
    const toml::node* node(const char* key);
    std::optional<std::string> string_of(const toml::node& node, const std::string& what);
    void wrong_type(const toml::node& node, const std::string& what, const char* wanted, std::string hint = "");
    [[nodiscard]] std::string named(const char* key) const { return where_ == whole ? std::string("[") + key + "]" : where_ + " " + key; }

    const toml::table& table_;
    std::string where_;
    Reading& reading_;
    std::set<std::string> known_, later_;
};

}  // namespace pgprimer::config
