#pragma once
// A script that makes what is there already: what to say about it. Pure.
#include <optional>
#include <string>
#include <string_view>

#include "pgprimer/base/diagnostic.hpp"

namespace pgprimer::steps {

struct ThereAlready {
    std::string object;      // table "users"
    std::string rerunnable;  // "CREATE TABLE IF NOT EXISTS users": how the statement is written to be run again; "" where that is not known
};

// nullopt: the failure is another one. `why.line_text` is the line of the statement's beginning; a statement inside a function is in the context.
std::optional<ThereAlready> there_already(const Diagnostic& why);

// What the hint fills in.
struct Applying {
    std::string step_id, step_name, unit;
    bool is_script = true;        // of a sql step; else a migration
    bool once = false;            // rerun = "once"
    bool applied_before = false;  // some content of this unit is recorded as applied
    bool first_contact = false;   // no plan has ended well in this database yet
};

// The ways out, a line each; "" where the failure is another one.
std::string hint_of_there_already(const Diagnostic& why, const Applying& applying);

}  // namespace pgprimer::steps
