#pragma once
// The few asynchronous primitives that all else is made of. One thread, one io_context.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <vector>

#include "pgprimer/base/deadline.hpp"
#include "pgprimer/base/result.hpp"

namespace pgprimer {

template <class T = void>
using Task = boost::asio::awaitable<T>;

enum class Waited { ready, deadline, stopped };

// Waits until `fd` can be read or written. Does not own, close or change `fd`; it must stay open meanwhile.
Task<Waited> wait_readable(int fd, Deadline deadline);
Task<Waited> wait_writable(int fd, Deadline deadline);
// Either direction, for libpq's busy moments.
Task<Waited> wait_either(int fd, Deadline deadline);

// Waits for `duration`; `deadline` where the deadline came first, `stopped` at a stop.
Task<Waited> sleep_for(SteadyClock::duration duration, Deadline deadline);

// A thing to wait for that happens once or more: every waiter wakes at notify_all().
class Signal {
public:
    // One waiter's wake-up at a time is enough here: all are woken.
    void notify_all();
    Task<Waited> wait(Deadline deadline);

private:
    std::vector<std::function<void()>> waiters_;
};

// The Diagnostic for a wait that did not end in `ready`: stopped, or `timeout` with this message.
Diagnostic not_ready(Waited waited, const Deadline& deadline, std::string what);

// Runs all tasks at once on this executor and ends when the last has ended. Results in the tasks' order.
Task<void> when_all(std::vector<Task<void>> tasks);

}  // namespace pgprimer
