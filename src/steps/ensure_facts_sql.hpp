#pragma once
#include <string>

#include "ensure_wanted.hpp"

namespace pgprimer::steps {

// Rows of thirteen text columns: a kind, then as ensure_facts.cpp reads them. `authid`: pg_authid may be read.
std::string facts_sql(const Wanted& wanted, bool authid);
// role, verifier
std::string verifiers_sql(const Wanted& wanted);
// The branch for grants: 'grant', index, objects, lacking, example. "" without grants.
std::string grants_sql(const Wanted& wanted);

}  // namespace pgprimer::steps
