#pragma once
#include <optional>

#include "pgprimer/steps/context.hpp"

namespace pgprimer::steps {

// The key that steps hold which touch roles, databases or tablespaces: advisory locks are per database, so it is in database "postgres". Held as long
// as the returned session lives; nullopt where that database does not let us in (said at debug level: the server's own errors are then retried).
Task<Result<std::optional<pg::Connection>>> hold_globals(pg::Address address, const Context& context, Deadline deadline);

}  // namespace pgprimer::steps
