#include "branches.hpp"

namespace pgprimer::sql {

bool Branches::asks(std::string_view command) const {
    if (command == "if") return taken();
    return command == "elif" && !levels_.empty() && levels_.back().part == Part::waiting;
}

void Branches::begin(bool condition, Place at, Collected now) {
    const Part part = !taken() ? Part::past : condition ? Part::taken : Part::waiting;
    levels_.push_back({part, std::move(at), now});
}

std::string Branches::otherwise(bool condition, Collected now) {
    if (levels_.empty()) return "\\elif without \\if";
    Level& level = levels_.back();
    switch (level.part) {
        case Part::taken:
            level.kept = now;
            level.part = Part::past;
            return "";
        case Part::waiting:
            if (condition) level.part = Part::taken;
            return "";
        case Part::past: return "";
        default: return "\\elif after \\else";
    }
}

std::string Branches::otherwise(Collected now) {
    if (levels_.empty()) return "\\else without \\if";
    Level& level = levels_.back();
    switch (level.part) {
        case Part::taken:
            level.kept = now;
            level.part = Part::else_past;
            return "";
        case Part::waiting: level.part = Part::else_taken; return "";
        case Part::past: level.part = Part::else_past; return "";
        default: return "\\else after \\else";
    }
}

std::string Branches::end() {
    if (levels_.empty()) return "\\endif without \\if";
    levels_.pop_back();
    return "";
}

}  // namespace pgprimer::sql
