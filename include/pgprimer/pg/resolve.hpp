#pragma once
#include <string>
#include <vector>

#include "pgprimer/base/async.hpp"

namespace pgprimer::pg {

// A host's addresses, without blocking; a literal address is itself. Error::not_ready where it does not resolve.
Task<Result<std::vector<std::string>>> resolve(std::string host, Deadline deadline);

}  // namespace pgprimer::pg
