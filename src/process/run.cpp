#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include "lines.hpp"
#include "pgprimer/base/text.hpp"
#include "program.hpp"
#include "running.hpp"

namespace pgprimer::process {
namespace {

constexpr auto drain_time = std::chrono::seconds{1};  // how long what outlives the child may hold its pipes

// A child and what reads it.
struct Reading {
    std::shared_ptr<Running> child;
    OnLine on_line;
    Waited waited = Waited::ready;
    int streams = 2;  // that are still read
    Signal drained{};
    Stop over{};  // nothing more is to be read
};

Task<void> read_stream(std::shared_ptr<Reading> reading, Stream stream) {
    Fd& fd = stream == Stream::out ? reading->child->spawned.out : reading->child->spawned.err;
    std::exception_ptr failure;
    try {
        Lines lines(stream, reading->on_line);
        std::vector<char> buffer(Lines::piece);
        while (true) {
            const Waited waited = co_await wait_readable(fd.get(), Deadline::never(&reading->over));
            const auto got = ::read(fd.get(), buffer.data(), buffer.size());
            if (got > 0)
                lines.feed({buffer.data(), static_cast<std::size_t>(got)});
            else if (got == 0 || (errno != EAGAIN && errno != EINTR))
                break;
            if (waited != Waited::ready) break;
        }
        lines.finish();
    } catch (...) {
        failure = std::current_exception();
        reading->child->signal(SIGKILL);
    }
    fd.reset();
    --reading->streams;
    reading->drained.notify_all();
    if (failure) std::rethrow_exception(failure);
}

Task<void> watch(std::shared_ptr<Reading> reading, Deadline deadline, SteadyClock::duration grace) {
    std::exception_ptr failure;
    try {
        reading->waited = co_await await_end(reading->child, deadline, grace);
        const Deadline drained = Deadline::after(drain_time);
        while (reading->streams > 0) {
            if (co_await reading->drained.wait(drained) != Waited::ready) break;
        }
    } catch (...) {
        failure = std::current_exception();
        reading->child->signal(SIGKILL);
    }
    reading->over.request(SIGTERM);
    if (failure) std::rethrow_exception(failure);
}

}  // namespace

Task<Result<Exit>> run(Command command, OnLine on_line, Deadline deadline, SteadyClock::duration grace) {
    PGPRIMER_CO_CHECK(find_program(command));
    if (deadline.stopped()) co_return not_ready(Waited::stopped, deadline, "");
    if (deadline.passed()) co_return Diagnostic(Error::timeout, "no time was left to start \"" + printable(command.argv[0]) + "\"");
    PGPRIMER_CO_TRY(const auto child, fork_program(command, Piped::outputs));
    const Waited started = co_await wait_readable(child->spawned.trouble.get(), deadline);
    if (started != Waited::ready) {
        co_await await_end(child, deadline, SteadyClock::duration::zero());
        co_return child->late(started, deadline);
    }
    if (auto failure = failure_to_execute(*child, command)) {
        co_await await_end(child, Deadline(), SteadyClock::duration::zero());
        co_return std::move(*failure);
    }

    auto reading = std::make_shared<Reading>(Reading{child, std::move(on_line)});
    std::vector<Task<void>> tasks;
    tasks.push_back(read_stream(reading, Stream::out));
    tasks.push_back(read_stream(reading, Stream::err));
    tasks.push_back(watch(reading, deadline, grace));
    co_await when_all(std::move(tasks));
    if (reading->waited != Waited::ready) co_return child->late(reading->waited, deadline);
    co_return *child->exit;
}

}  // namespace pgprimer::process
