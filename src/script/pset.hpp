#pragma once
#include <optional>
#include <string>
#include <vector>

#include "pgprimer/base/result.hpp"
#include "pgprimer/pg/print.hpp"
#include "pgprimer/sql/meta.hpp"

namespace pgprimer::script {

// \pset and what is short for it: \a \C \f \H \t \T \x. Error::failed where psql has no such option or value.
Result<void> shape(const sql::Meta& meta, pg::PrintOptions& options);

// One of \pset's options; nullopt toggles it, or puts it back.
Result<void> set_option(const std::string& name, const std::optional<std::string>& value, pg::PrintOptions& options);

}  // namespace pgprimer::script
