#pragma once
// Facts and actions in few words.
#include <string>
#include <vector>

#include "pgprimer/plan/decide.hpp"

namespace pgprimer::plan {

inline config::Step step_of(config::Kind kind) {
    config::Step out;
    out.name = "the step";
    out.id = "the-step";
    out.place = {"pgprimer.toml", 7, 1};
    out.kind = std::move(kind);
    return out;
}

inline Unit unit(std::string name, std::string checksum) {
    std::string shown = "initdb/" + name;
    return {std::move(name), std::move(shown), std::move(checksum), ""};
}

inline Record record(std::string name, State state, std::string checksum = "c") {
    Record out;
    out.key = {"the-step", "", std::move(name)};
    out.state = state;
    out.checksum = std::move(checksum);
    out.applied_at = "2026-01-02";
    return out;
}

// "apply a: new", with "!" before it where it warns.
inline std::vector<std::string> lines_of(const Result<std::vector<Action>>& actions) {
    std::vector<std::string> out;
    if (!actions) {
        out.push_back("error " + actions.error().message);
        for (const auto& more : actions.error().more) out.push_back("error " + more.message);
        return out;
    }
    for (const auto& action : *actions)
        out.push_back((action.warn ? "!" : "") + std::string(to_string(action.what)) + " " + action.key.unit + ": " + action.why);
    return out;
}

using Lines = std::vector<std::string>;

}  // namespace pgprimer::plan
