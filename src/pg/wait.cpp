#include "diagnose.hpp"
#include "state.hpp"

namespace pgprimer::pg {

Task<Result<void>> flush(PGconn* connection, Deadline deadline) {
    while (true) {
        const int left = PQflush(connection);
        if (left == 0) co_return Result<void>{};
        if (left < 0) {
            // What the server said before it hung up is worth more than EPIPE.
            PQconsumeInput(connection);
            co_return Result<void>{};
        }
        const Waited waited = co_await wait_either(PQsocket(connection), deadline);
        if (waited != Waited::ready) co_return not_ready(waited, deadline, "the server did not take what was sent in time");
        if (PQconsumeInput(connection) == 0) co_return Result<void>{};
    }
}

Task<Result<void>> await_input(PGconn* connection, std::size_t* round_trips, Deadline deadline) {
    bool counted = false;
    while (PQisBusy(connection) != 0) {
        const int left = PQflush(connection);
        if (left < 0 && PQconsumeInput(connection) == 0) break;
        if (!counted && round_trips != nullptr) ++*round_trips;
        counted = true;
        const int fd = PQsocket(connection);
        const Waited waited = left == 1 ? co_await wait_either(fd, deadline) : co_await wait_readable(fd, deadline);
        if (waited != Waited::ready) co_return not_ready(waited, deadline, "the server did not answer in time");
        if (PQconsumeInput(connection) == 0) break;  // PQgetResult tells what came before the end
    }
    co_return Result<void>{};
}

}  // namespace pgprimer::pg
