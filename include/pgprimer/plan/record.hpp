#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>

namespace pgprimer::plan {

// What a ledger's row is about. `project` is the ledger's own.
struct Key {
    std::string step;  // id
    std::string item;  // under for_each; else ""
    std::string unit;  // version, repeatable's name, script's path, "hook", ...
    friend auto operator<=>(const Key&, const Key&) = default;
};

// done: applied and committed. started: a statement that no transaction covers began, its end is not recorded.
// partial: stepwise, so far. failed: on_failure = "continue" or a hook that ended badly. baseline: taken as applied, not run here.
enum class State { done, started, partial, failed, baseline };

const char* to_string(State state);
std::optional<State> parse_state(std::string_view text);

struct Record {
    Key key;
    std::string kind;  // of the step
    State state = State::done;
    std::string checksum;  // fingerprint
    int statement = 0;     // stepwise: number of the last one done (partial) or begun (started)
    int line = 0;          // its line
    std::string verb;      // its leading keywords
    std::string prefix;    // stepwise: digest of the statements up to and with `statement`; "": not to be compared. started: see prefix_before()
    std::string schema;    // first schema of the search_path, "" where there was none
    std::uint32_t schema_oid = 0;
    std::uint32_t schema_oid_now = 0;  // of the schema of that name when this was read; 0: there is none
    std::string error;                 // failed: one line
    std::string applied_at, run;
};

// A started record's prefix is two digests, "BEFORE WITH": of the statements up to and with the one before `statement`, and up to and with it.
std::string prefix_before(const Record& record);
std::string prefix_with(const Record& record);

[[nodiscard]] inline bool counts_as_applied(State state) { return state == State::done || state == State::baseline; }

}  // namespace pgprimer::plan
