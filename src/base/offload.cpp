#include "pgprimer/base/offload.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <memory>

#include "pgprimer/base/parallel.hpp"

namespace pgprimer {
namespace {

class Event {
public:
    Event() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
    ~Event() {
        if (fd_ >= 0) ::close(fd_);
    }
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
    [[nodiscard]] int fd() const { return fd_; }
    void set() const {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);
    }
    void get() const {
        std::uint64_t value = 0;
        [[maybe_unused]] const auto size = ::read(fd_, &value, sizeof value);
    }

private:
    int fd_;
};

}  // namespace

Task<Waited> offload(std::function<void()> work, Deadline deadline) {
    auto event = std::make_shared<Event>();
    if (event->fd() < 0) co_return Waited::ready;
    if (deadline.stopped()) co_return Waited::stopped;
    std::function<void()> all = [event, work = std::move(work)] {
        work();
        event->set();
    };
    auto thread = quiet_thread(std::move(all));
    if (!thread) co_return Waited::ready;
    thread->detach();
    const Waited waited = co_await wait_readable(event->fd(), deadline);
    if (waited == Waited::ready) event->get();
    co_return waited;
}

}  // namespace pgprimer
