#pragma once
#include <string>

#include "pgprimer/event/report.hpp"

namespace pgprimer::announce {

// What a run came to, for people: a table of its steps, then one line. Ends with a line feed.
std::string summary_text(const event::Report& report);
// The same as one JSON object and a line feed.
std::string summary_json(const event::Report& report);

}  // namespace pgprimer::announce
