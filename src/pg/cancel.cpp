// PQcancel blocks (libpq 15 has no other), so it runs in a thread that owns all it uses and tells its end through an eventfd.
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "state.hpp"

namespace pgprimer::pg {
namespace {

struct Request {
    CancelHandle handle;
    int done = -1;
    bool asked = false;
    std::array<char, 256> why{};

    explicit Request(CancelHandle cancel) : handle(std::move(cancel)), done(::eventfd(0, EFD_CLOEXEC)) {}
    ~Request() {
        if (done >= 0) ::close(done);
    }
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;
};

}  // namespace

Task<Result<void>> Connection::cancel(Deadline deadline) {
    if (!state_->good()) co_return Result<void>{};
    auto request = std::make_shared<Request>(CancelHandle(PQgetCancel(state_->get())));
    if (!request->handle || request->done < 0) co_return Diagnostic(Error::failed, "the statement could not be cancelled");
    std::thread([request] {
        request->asked = PQcancel(request->handle.get(), request->why.data(), static_cast<int>(request->why.size())) != 0;
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(request->done, &one, sizeof one);
    }).detach();
    const Waited waited = co_await wait_readable(request->done, deadline);
    if (waited != Waited::ready) co_return not_ready(waited, deadline, "the statement could not be cancelled in time");
    if (!request->asked) co_return Diagnostic(Error::failed, std::string("the statement could not be cancelled: ") + request->why.data());
    co_return Result<void>{};
}

}  // namespace pgprimer::pg
