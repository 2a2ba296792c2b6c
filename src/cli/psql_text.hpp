#pragma once
// What psql writes to standard error.
#include <string>
#include <string_view>

#include "pgprimer/base/diagnostic.hpp"
#include "pgprimer/event/event.hpp"

namespace pgprimer::cli {

// "psql:FILE:LINE: ERROR:  message", LINE with a caret, DETAIL, HINT, QUERY, CONTEXT; what the server did not say is "psql: error: message".
std::string psql_error_text(const Diagnostic& why);

// "psql:FILE:LINE: NOTICE:  message" and so on.
std::string psql_notice_text(const event::Notice& notice);

// libpq's "LINE 1: SELECT 1/0" and the caret below: at most 60 columns of the line.
std::string psql_caret_text(std::string_view line_text, int line, int column);

}  // namespace pgprimer::cli
