#pragma once
// exec: a program, at least once.
#include <string>

#include "pgprimer/base/async.hpp"
#include "pgprimer/config/config.hpp"
#include "pgprimer/steps/context.hpp"

namespace pgprimer::steps {

// For people: its arguments on one line.
std::string command_line(const config::Exec& kind);

// Runs it, up to 1 + retries times, with DATABASE_URL and PG* of its target; its output goes to the bus line by line. Error::failed with how it
// ended; Error::config where it cannot be started.
Task<Result<void>> run_hook(const config::Step& step, const Context& context, Deadline deadline);

}  // namespace pgprimer::steps
