#pragma once
#include "pgprimer/script/pset.hpp"
#include "pgprimer/sql/meta.hpp"

namespace pgprimer::script {

// \pset and what is short for it: \a \C \f \H \t \T \x. Error::failed where psql has no such option or value.
Result<void> shape(const sql::Meta& meta, pg::PrintOptions& options);

}  // namespace pgprimer::script
