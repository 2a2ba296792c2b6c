#pragma once
// Where the text that psql's scanner gives differs from what is written in the file.
#include "pgprimer/sql/statement.hpp"

namespace pgprimer::sql {

// psql sends a block comment that stands before a statement; without it a statement begins where people say that it begins.
void drop_leading_comment(Statement& s);

// The scanner drops the backslash of `\;` and `\:`: notes them as replacements.
void note_joints(Statement& s);

}  // namespace pgprimer::sql
