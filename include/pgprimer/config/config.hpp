#pragma once
// What a run is to do, as plain structs: defaults stand here, durations carry their unit. Knows no file format.
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "pgprimer/base/place.hpp"
#include "pgprimer/base/secret.hpp"
#include "pgprimer/config/ensure.hpp"
#include "pgprimer/config/expect.hpp"
#include "pgprimer/config/target.hpp"

namespace pgprimer::config {

using Milliseconds = std::chrono::milliseconds;

enum class Rerun { once, changed, always };
enum class TransactionMode { automatic, whole, stepwise };
// What to do about a finding: `apply` only for out_of_order.
enum class Policy { error, warn, ignore, apply };
enum class OnFailure { stop, keep_going };  // "stop" | "continue"

// `sql = [...]`: psql scripts.
struct Sql {
    std::vector<Located<std::string>> patterns;  // files and globs, relative to Config::folder
    Rerun rerun = Rerun::changed;
    TransactionMode transaction = TransactionMode::automatic;
    std::map<std::string, std::string> variables;  // psql variables, from `variables = { name = "value" }`
    bool programs = false;                         // \! and backticks run programs
};

// `migrations = "folder"` or several.
struct Migrations {
    std::vector<Located<std::string>> folders;
    std::optional<Located<std::string>> dialect;  // empty: detected
    Policy changed = Policy::error;
    Policy missing = Policy::error;
    Policy out_of_order = Policy::error;
    Policy ahead = Policy::warn;
    TransactionMode transaction = TransactionMode::automatic;
    std::map<std::string, std::string> placeholders;  // Flyway's ${name}
};

// `exec = [...]`: a hook.
struct Exec {
    std::vector<std::string> argv;  // program and arguments, no shell
    Place place;
    std::map<std::string, std::string> env;
    std::optional<std::string> cwd;                           // default: Config::folder
    std::optional<std::vector<Located<std::string>>> inputs;  // globs; absent: the hook runs every time
    std::vector<std::string> inputs_sql;                      // queries whose rows belong to the fingerprint
};

// `flush = { keep = [...], invalidates = [...] }`.
struct Flush {
    Place place;
    std::vector<std::string> keep;                  // table names, schema-qualified or not
    std::vector<Located<std::string>> invalidates;  // names or ids of steps
};

using Kind = std::variant<Sql, Migrations, Exec, Ensure, Expect, Flush>;

struct Step {
    std::string name;
    std::string id;  // the ledger's key
    std::string describe;
    Place place;         // of its [[step]]
    std::string target;  // name of the target; "" is the first
    Place target_place;
    bool enabled = true;
    std::vector<Located<std::string>> needs;  // ids, after loading (names are resolved)
    OnFailure on_failure = OnFailure::stop;
    int retries = 0;
    std::optional<Milliseconds> timeout;       // whole step (exec: one attempt)
    std::optional<Milliseconds> lock_timeout;  // of a statement; 0: without end
    std::optional<Milliseconds> statement_timeout;
    std::vector<std::string> search_path;
    std::optional<std::string> set_role;
    Kind kind;
};

const char* kind_name(const Kind& kind);  // "sql", "migrations", ...

// Everything that asks for a table queues behind a migration that waits for it, so that one does not wait long unless it is told to. A psql script
// knows no such limit: there it is the step's to set one.
constexpr Milliseconds migrations_lock_timeout{5'000};
[[nodiscard]] bool takes_default_lock_timeout(const Step& step);

struct Announce {
    std::optional<std::string> ready_file;
    std::optional<std::string> notify;  // channel
};

struct Config {
    std::filesystem::path file;    // empty: none (conventions or PGPRIMER_CONFIG_TOML)
    std::filesystem::path folder;  // what relative paths are relative to; absolute
    std::string source;            // for people: "pgprimer.toml", "PGPRIMER_CONFIG_TOML", "conventions"
    std::string text;              // as read, before ${}
    std::string plan_id;           // empty: derive it (digest of text and of the files)
    std::vector<Target> targets;   // in the order written, never empty
    Milliseconds wait_timeout{60'000};
    Milliseconds lock_wait{15 * 60'000};
    std::string ledger_schema = "pgprimer";
    std::string project = "default";
    std::vector<Step> steps;
    Announce announce;
    std::vector<Secret> secrets;        // every password and ${file:...}: never to be shown
    std::vector<std::string> warnings;  // to be logged once

    [[nodiscard]] const Target& target(const std::string& name) const;  // "" is the first
    [[nodiscard]] const Step* step(const std::string& id_or_name) const;
};

}  // namespace pgprimer::config
