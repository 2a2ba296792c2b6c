#pragma once
#include <string>
#include <vector>

#include "pgprimer/base/exit_code.hpp"
#include "pgprimer/base/place.hpp"

namespace pgprimer {

// One failure, said so that a reader knows what, where, why and what next. A value, never thrown.
struct Diagnostic {
    Error error = Error::failed;
    std::string message;               // one sentence, no trailing full stop, no secrets
    std::string detail;                // more of the cause (the server's DETAIL, for one)
    std::string hint;                  // what to do next
    Place place;                       // where in the user's files
    std::string line_text;             // that line, for the caret; empty: unknown
    std::vector<Place> included_from;  // innermost first
    std::string sqlstate;              // five characters, or empty
    std::string context;               // the server's CONTEXT
    std::string step;                  // name of the step, or empty
    int server_position = 0;           // the server's: characters from 1 into the statement as sent; 0: none
    int sent_line = 0;                 // what server_position is in the statement as sent, as psql tells it; 0: unknown
    int sent_column = 0;
    std::string sent_text;         // that line of it
    std::string internal_query;    // what server_position counts in, where the server says it is not the statement itself
    std::string statement;         // as sent, where ECHO asks for it
    int signal = 0;                // with Error::stopped
    std::vector<Diagnostic> more;  // further ones of the same kind (all errors of a file at once)

    Diagnostic() = default;
    Diagnostic(Error e, std::string m) : error(e), message(std::move(m)) {}

    Diagnostic& with_hint(std::string text) & {
        hint = std::move(text);
        return *this;
    }
    Diagnostic&& with_hint(std::string text) && {
        hint = std::move(text);
        return std::move(*this);
    }
    Diagnostic& with_detail(std::string text) & {
        detail = std::move(text);
        return *this;
    }
    Diagnostic&& with_detail(std::string text) && {
        detail = std::move(text);
        return std::move(*this);
    }
    Diagnostic& with_place(Place at) & {
        place = std::move(at);
        return *this;
    }
    Diagnostic&& with_place(Place at) && {
        place = std::move(at);
        return std::move(*this);
    }
};

// The process's exit status for this failure.
int exit_status(const Diagnostic& diagnostic);

// Lines for people: "error: file:3:7: message (42601)", the source line with a caret, detail, hint, step, then `more`.
// Ends with a line feed. Long source lines are shown as a window around the caret.
std::string to_text(const Diagnostic& diagnostic);

// The same as one JSON object without line feeds.
std::string to_json(const Diagnostic& diagnostic);

}  // namespace pgprimer
