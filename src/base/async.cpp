#include "pgprimer/base/async.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>

namespace pgprimer {
namespace asio = boost::asio;
namespace {

using Descriptor = asio::posix::stream_descriptor;

// What one wait shares with the handlers that may outlast it.
struct WaitState {
    explicit WaitState(const asio::any_io_executor& executor) : timer(executor) {}
    asio::steady_timer timer;  // expires at the deadline; cancelled by whatever comes first
    bool done = false;
    bool ready = false;

    void finish(bool is_ready) {
        if (done) return;
        done = true;
        ready = is_ready;
        timer.cancel();
    }
};

// Sleeps until the state is finished, the deadline is over or a stop is requested.
Task<Waited> await_state(std::shared_ptr<WaitState> state, Deadline deadline) {
    Stop::Registration registration;
    if (deadline.stop() != nullptr) {
        std::function<void()> wake = [state] { state->finish(false); };
        registration = Stop::Registration(*deadline.stop(), std::move(wake));
    }
    if (!state->done) {
        state->timer.expires_at(deadline.at());
        boost::system::error_code ignored;
        co_await state->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    if (state->ready) co_return Waited::ready;
    co_return deadline.stopped() ? Waited::stopped : Waited::deadline;
}

Task<Waited> wait_descriptor(int fd, bool read, bool write, Deadline deadline) {
    if (deadline.stopped()) co_return Waited::stopped;
    auto executor = co_await asio::this_coro::executor;
    auto state = std::make_shared<WaitState>(executor);
    // The descriptor is libpq's (or a child's): it is released, never closed. It is shared with its handlers, which run once it is cancelled.
    auto descriptor = std::make_shared<Descriptor>(executor, fd);
    const auto handler = [state, descriptor](const boost::system::error_code& error) {
        if (error != asio::error::operation_aborted) state->finish(true);
    };
    if (read) descriptor->async_wait(Descriptor::wait_read, handler);
    if (write) descriptor->async_wait(Descriptor::wait_write, handler);
    const Waited waited = co_await await_state(state, deadline);
    state->done = true;
    descriptor->release();
    co_return waited;
}

}  // namespace

Task<Waited> wait_readable(int fd, Deadline deadline) { return wait_descriptor(fd, true, false, deadline); }
Task<Waited> wait_writable(int fd, Deadline deadline) { return wait_descriptor(fd, false, true, deadline); }
Task<Waited> wait_either(int fd, Deadline deadline) { return wait_descriptor(fd, true, true, deadline); }

Task<Waited> sleep_for(SteadyClock::duration duration, Deadline deadline) {
    if (deadline.stopped()) co_return Waited::stopped;
    auto executor = co_await asio::this_coro::executor;
    auto state = std::make_shared<WaitState>(executor);
    const Deadline slept = deadline.within(duration);
    const Waited waited = co_await await_state(state, slept);
    if (waited == Waited::deadline && slept.at() < deadline.at()) co_return Waited::ready;
    co_return waited;
}

void Signal::notify_all() {
    auto waiters = std::move(waiters_);
    waiters_.clear();
    for (auto& wake : waiters) wake();
}

Task<Waited> Signal::wait(Deadline deadline) {
    if (deadline.stopped()) co_return Waited::stopped;
    auto executor = co_await asio::this_coro::executor;
    auto state = std::make_shared<WaitState>(executor);
    std::weak_ptr<WaitState> weak = state;
    waiters_.push_back([weak] {
        if (auto waiting = weak.lock()) waiting->finish(true);
    });
    const Waited waited = co_await await_state(state, deadline);
    co_return waited;
}

Diagnostic not_ready(Waited waited, const Deadline& deadline, std::string what) {
    if (waited == Waited::stopped) {
        Diagnostic stopped(Error::stopped, "stopped by a signal");
        stopped.signal = deadline.stop() != nullptr ? deadline.stop()->signal() : 0;
        return stopped;
    }
    return {Error::timeout, std::move(what)};
}

Task<void> when_all(std::vector<Task<void>> tasks) {
    auto executor = co_await asio::this_coro::executor;
    struct Group {
        std::size_t left;
        std::exception_ptr failure;
        asio::steady_timer done;
    };
    auto group = std::make_shared<Group>(Group{tasks.size(), nullptr, asio::steady_timer(executor, asio::steady_timer::time_point::max())});
    for (auto& task : tasks) {
        const auto ended = [group](std::exception_ptr failure) {
            if (failure && !group->failure) group->failure = failure;
            if (--group->left == 0) group->done.cancel();
        };
        asio::co_spawn(executor, std::move(task), ended);
    }
    if (group->left > 0) {
        boost::system::error_code ignored;
        co_await group->done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    if (group->failure) std::rethrow_exception(group->failure);
}

}  // namespace pgprimer
