#pragma once
// libpq's handles, each with its owner.
#include <libpq-fe.h>

#include <memory>

namespace pgprimer::pg {

struct FinishConnection {
    void operator()(PGconn* c) const { PQfinish(c); }
};
struct ClearResult {
    void operator()(PGresult* r) const { PQclear(r); }
};
struct FreeCancel {
    void operator()(PGcancel* c) const { PQfreeCancel(c); }
};
struct FreeMemory {
    void operator()(void* p) const { PQfreemem(p); }
};

using ConnectionHandle = std::unique_ptr<PGconn, FinishConnection>;
using ResultHandle = std::unique_ptr<PGresult, ClearResult>;
using CancelHandle = std::unique_ptr<PGcancel, FreeCancel>;
template <class T>
using PqMemory = std::unique_ptr<T, FreeMemory>;

}  // namespace pgprimer::pg
