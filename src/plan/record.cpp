#include "pgprimer/plan/record.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "pgprimer/plan/action.hpp"

namespace pgprimer::plan {
namespace {

constexpr std::array<std::pair<State, const char*>, 5> states{
    {{State::done, "done"}, {State::started, "started"}, {State::partial, "partial"}, {State::failed, "failed"}, {State::baseline, "baseline"}}};

}  // namespace

const char* to_string(State state) {
    for (const auto& [value, name] : states) {
        if (value == state) return name;
    }
    return "?";
}

std::string prefix_before(const Record& record) {
    const auto space = record.prefix.find(' ');
    return space == std::string::npos ? "" : record.prefix.substr(0, space);
}

std::string prefix_with(const Record& record) { return record.prefix.substr(record.prefix.find(' ') + 1); }

std::optional<State> parse_state(std::string_view text) {
    for (const auto& [value, name] : states) {
        if (text == name) return value;
    }
    return std::nullopt;
}

const char* to_string(What what) {
    switch (what) {
        case What::skip: return "skip";
        case What::apply: return "apply";
        case What::again: return "again";
        case What::resume: return "resume";
        case What::record: return "record";
    }
    return "?";
}

}  // namespace pgprimer::plan
