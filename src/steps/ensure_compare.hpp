#pragma once
// What differs between what is wanted and what is there. No database.
#include <vector>

#include "ensure_facts.hpp"
#include "ensure_wanted.hpp"
#include "pgprimer/steps/ensure.hpp"

namespace pgprimer::steps {

// In the order of carrying out.
Result<std::vector<Change>> compare(const Wanted& wanted, const Facts& facts);

}  // namespace pgprimer::steps
