#pragma once
#include <map>
#include <string>

#include "pgprimer/steps/context.hpp"

namespace pgprimer::steps {

// What programs find: our environment without PGPRIMER_*, DATABASE_URL and PG* of the step's target, PGAPPNAME by which the run is known.
std::map<std::string, std::string> program_environment(const config::Step& step, const Context& context);

}  // namespace pgprimer::steps
