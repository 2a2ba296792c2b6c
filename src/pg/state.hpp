#pragma once
#include <map>
#include <string>

#include "handles.hpp"
#include "pgprimer/pg/connection.hpp"

namespace pgprimer::pg {

struct Connection::State {
    ConnectionHandle handle;
    Address address;
    std::function<void(const Notice&)> notice_handler;
    std::size_t round_trips = 0;
    PqMemory<char> copy_buffer;
    std::optional<Diagnostic> farewell;  // what the server said when it ended the idle session

    [[nodiscard]] PGconn* get() const { return handle.get(); }
    [[nodiscard]] bool good() const { return handle && PQstatus(get()) == CONNECTION_OK; }
};

// Waits until all that is queued has gone out, reading what comes meanwhile.
Task<Result<void>> flush(PGconn* connection, Deadline deadline);
// Waits until PQgetResult would not block. Counts a round trip where it had to wait.
Task<Result<void>> await_input(PGconn* connection, std::size_t* round_trips, Deadline deadline);

}  // namespace pgprimer::pg
