#pragma once
// Statements that no transaction covers and whose end was not seen: how to find out what became of one.
#include <string>
#include <string_view>

#include "pgprimer/sql/statement.hpp"

namespace pgprimer::sql {

struct Settling {
    enum class How {
        unknown,  // nothing tells: people are to look
        repeat,   // executed again it does no harm
        look,     // the catalogue tells
    } how = How::unknown;
    // A query, for `look` always, for `repeat` where there may be leftovers. Rows of kind, SQL, what it is about:
    // "done": it took effect; "first": execute this SQL (a statement), then the statement again; "instead": execute this SQL in its place.
    // No row: it did not take effect, and left nothing.
    std::string question;
};

Settling settling_of(const Statement& statement);

// What its leading keywords say of that (Traits::verb); settling_of() may still find it unknown.
bool may_be_settled(std::string_view verb);

}  // namespace pgprimer::sql
