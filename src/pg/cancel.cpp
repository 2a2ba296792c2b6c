#include <array>

#include "pgprimer/base/offload.hpp"
#include "state.hpp"

namespace pgprimer::pg {
namespace {

// PQcancel blocks, and libpq 15 has no other.
struct Request {
    explicit Request(CancelHandle cancel) : handle(std::move(cancel)) {}
    void run() { asked = PQcancel(handle.get(), why.data(), static_cast<int>(why.size())) != 0; }

    CancelHandle handle;
    bool asked = false;
    std::array<char, 256> why{};
};

}  // namespace

Task<Result<void>> Connection::cancel(Deadline deadline) {
    if (!state_->good()) co_return Result<void>{};
    auto request = std::make_shared<Request>(CancelHandle(PQgetCancel(state_->get())));
    if (!request->handle) co_return Diagnostic(Error::failed, "the statement could not be cancelled");
    std::function<void()> work = [request] { request->run(); };
    const Waited waited = co_await offload(std::move(work), deadline);
    if (waited != Waited::ready) co_return not_ready(waited, deadline, "the statement could not be cancelled in time");
    if (!request->asked) co_return Diagnostic(Error::failed, std::string("the statement could not be cancelled: ") + request->why.data());
    co_return Result<void>{};
}

}  // namespace pgprimer::pg
