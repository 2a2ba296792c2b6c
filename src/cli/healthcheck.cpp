#include "commands.hpp"
#include "pgprimer/announce/health.hpp"

namespace pgprimer::cli {

int healthcheck(Shell&) { return announce::is_primed() ? 0 : 1; }

}  // namespace pgprimer::cli
