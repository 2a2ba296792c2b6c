#pragma once
// psql's \if, \elif, \else, \endif: which part of a script is taken. Knows no variables: conditions come evaluated.
#include <string>
#include <vector>

#include "pgprimer/base/result.hpp"

namespace pgprimer::sql {

class Branches {
public:
    // The statement that is being collected when a branch begins: a branch that is not taken leaves it so.
    struct Collected {
        std::size_t length = 0;
        int parentheses = 0;
    };

    [[nodiscard]] bool taken() const { return levels_.empty() || is_taken(levels_.back().part); }
    [[nodiscard]] bool empty() const { return levels_.empty(); }
    [[nodiscard]] const Place& begun() const { return levels_.back().place; }  // of the innermost \if
    [[nodiscard]] Collected kept() const { return levels_.back().kept; }
    // Whether the condition of this \if or \elif decides anything.
    [[nodiscard]] bool asks(std::string_view command) const;

    void begin(bool condition, Place at, Collected now);
    // "": done. Otherwise why it cannot be.
    std::string otherwise(bool condition, Collected now);  // \elif
    std::string otherwise(Collected now);                  // \else
    std::string end();
    void clear() { levels_.clear(); }
    // Every branch is read, for a look at the whole file.
    void take_all() { takes_all_ = true; }
    [[nodiscard]] bool takes_all() const { return takes_all_; }

private:
    enum class Part { taken, waiting, past, else_taken, else_past };
    static bool is_taken(Part part) { return part == Part::taken || part == Part::else_taken; }
    struct Level {
        Part part = Part::taken;
        Place place;
        Collected kept;
    };
    std::vector<Level> levels_;
    bool takes_all_ = false;
};

}  // namespace pgprimer::sql
