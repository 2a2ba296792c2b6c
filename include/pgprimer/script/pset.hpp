#pragma once
#include <optional>
#include <string>

#include "pgprimer/base/result.hpp"
#include "pgprimer/pg/print.hpp"

namespace pgprimer::script {

// One of \\pset's options; nullopt toggles it, or puts it back. Error::failed where psql has no such option or value.
Result<void> set_option(const std::string& name, const std::optional<std::string>& value, pg::PrintOptions& options);

}  // namespace pgprimer::script
