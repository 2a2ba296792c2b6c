#pragma once
// Everything that happens in a run and that somebody may want to know.
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <variant>

#include "pgprimer/base/diagnostic.hpp"

namespace pgprimer::event {

using Duration = std::chrono::nanoseconds;

enum class Level { debug, info, warning, error };

struct Message {
    Level level = Level::info;
    std::string text;
    std::string step;
};
struct Problem {
    Level level = Level::error;
    Diagnostic diagnostic;
};

// A target's readiness changed. `state` is stable (pg::to_string), `text` for people.
struct Readiness {
    std::string target, state, text;
    Duration waited{};
    bool ready = false;
};

struct RunStarted {
    std::string run, version, plan_id, project;
    std::size_t steps = 0;
    bool dry = false;
};
struct LockWaiting {
    std::string text;
    Duration waited{};
};
struct LockTaken {
    Duration waited{};
    std::string target;
};

enum class Outcome { done, unchanged, failed, skipped, disabled };
const char* to_string(Outcome outcome);

struct StepStarted {
    std::string id, name, kind;
};
struct StepFinished {
    std::string id, name, kind;
    Outcome outcome = Outcome::done;
    std::size_t applied = 0, unchanged = 0;  // units
    Duration took{};
    std::string why;         // one line: of a skip, a failure, what an unchanged one rests on
    bool continued = false;  // failed under on_failure = "continue"
};
struct UnitStarted {
    std::string step, unit, why, mode;
};
struct UnitFinished {
    std::string step, unit;
    Duration took{};
    std::size_t statements = 0;
};

// A server's NOTICE or WARNING, at a place of a script.
struct Notice {
    std::string severity, sqlstate, message, detail, hint;
    Place place;
    std::string step;
    // As psql tells it; line 0: nowhere.
    int sent_line = 0, sent_column = 0;
    std::string sent_text = {}, internal_query = {}, context = {};
};
// A line that a hook wrote.
struct HookLine {
    std::string step;
    bool is_error_stream = false;
    std::string text;
};
// Output of a script (\echo, SELECT): goes to standard output where the command wants it.
struct ScriptOutput {
    std::string step, text;
};

struct RunFinished {
    int exit_status = 0;
    Duration took{};
    std::string plan_id;
    bool primed = false;
};

using Event = std::variant<Message, Problem, Readiness, RunStarted, LockWaiting, LockTaken, StepStarted, StepFinished, UnitStarted, UnitFinished,
                           Notice, HookLine, ScriptOutput, RunFinished>;

}  // namespace pgprimer::event
