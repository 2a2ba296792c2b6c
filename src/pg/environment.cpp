#include "pgprimer/pg/environment.hpp"

#include <cstdlib>
#include <initializer_list>

namespace pgprimer::pg {

void forget_environment() {
    for (const char* name :
         {"PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGPASSFILE", "PGSERVICE", "PGSERVICEFILE", "PGOPTIONS",
          "PGAPPNAME", "PGTARGETSESSIONATTRS", "PGCLIENTENCODING", "PGCONNECT_TIMEOUT", "PGTZ", "PGDATESTYLE", "PGGEQO"})
        ::unsetenv(name);
}

}  // namespace pgprimer::pg
