#pragma once

namespace pgprimer::pg {

// libpq fills from PG* variables what an address leaves open: another user's password, say, that the ranks have refused to send as this one's.
// Called once, when they have been read: they are gone then, but for TLS's.
void forget_environment();

}  // namespace pgprimer::pg
