#pragma once
#include <string>

#include "handles.hpp"
#include "pgprimer/base/result.hpp"

namespace pgprimer::pg {

// Of a failed result: Error::failed, or Error::lost where the server says that it ends the session.
Diagnostic diagnose(const PGresult* result);
// Of a connection that is gone: Error::lost.
Diagnostic diagnose_lost(PGconn* connection);
// Of an attempt to connect: libpq's text, the SQLSTATE out of it.
Diagnostic diagnose_connect(PGconn* connection);

bool ends_session(const std::string& sqlstate);

}  // namespace pgprimer::pg
