#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/this_coro.hpp>
#include <cerrno>
#include <csignal>
#include <exception>
#include <memory>
#include <optional>
#include <vector>

#include "children.hpp"
#include "lines.hpp"
#include "pgprimer/base/text.hpp"
#include "program.hpp"
#include "spawn.hpp"

namespace pgprimer::process {
namespace {

constexpr auto drain_time = std::chrono::seconds{1};  // how long what outlives the child may hold its pipes
constexpr auto kill_time = std::chrono::seconds{10};  // how long a killed process may take (an unreachable file system) before it is given up

// A child and what reads it. What ends it early kills its group.
struct Running {
    Running(const boost::asio::any_io_executor& executor, Spawned started, OnLine lines)
        : spawned(std::move(started)), end(executor, spawned.pid), on_line(std::move(lines)) {}
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() {
        if (exit || given_up) return;
        signal(SIGKILL);
        if (!reap(spawned.pid)) remove_child(spawned.pid);
    }

    // Its number stays taken until it is reaped.
    void signal(int number) const {
        if (!exit) ::kill(-spawned.pid, number);
    }

    Spawned spawned;
    EndOf end;
    OnLine on_line;
    std::optional<Exit> exit;
    bool given_up = false;
    Waited waited = Waited::ready;
    int reading = 2;  // streams
    Signal drained;
    Stop over;  // nothing more is to be read
};

Task<void> sleep_a_little(Deadline until) {
    const auto step = std::chrono::milliseconds{10};
    co_await sleep_for(step, until);
}

// The leader stays a zombie meanwhile, so that the group's number is nobody else's.
Task<void> end_group(std::shared_ptr<Running> running, SteadyClock::duration grace) {
    const pid_t group = running->spawned.pid;
    running->signal(SIGTERM);
    const Deadline patience = Deadline::after(grace);
    co_await running->end.wait(patience);
    while (!patience.passed() && group_lives(group).value_or(true)) co_await sleep_a_little(patience);
    running->signal(SIGKILL);
    const Deadline killed = Deadline::after(kill_time);
    co_await running->end.wait(killed);
    while (!killed.passed() && group_lives(group).value_or(false)) co_await sleep_a_little(killed);
    running->exit = reap(group);
    if (running->exit) co_return;
    running->given_up = true;
    remove_child(group);
}

Task<void> read_stream(std::shared_ptr<Running> running, Stream stream) {
    Fd& fd = stream == Stream::out ? running->spawned.out : running->spawned.err;
    std::exception_ptr failure;
    try {
        Lines lines(stream, running->on_line);
        std::vector<char> buffer(Lines::piece);
        while (true) {
            const Waited waited = co_await wait_readable(fd.get(), Deadline::never(&running->over));
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
        running->signal(SIGKILL);
    }
    fd.reset();
    --running->reading;
    running->drained.notify_all();
    if (failure) std::rethrow_exception(failure);
}

Task<void> watch(std::shared_ptr<Running> running, Deadline deadline, SteadyClock::duration grace) {
    std::exception_ptr failure;
    try {
        running->waited = co_await running->end.wait(deadline);
        if (running->waited == Waited::ready)
            running->exit = reap(running->spawned.pid);
        else
            co_await end_group(running, grace);
        const Deadline drained = Deadline::after(drain_time);
        while (running->reading > 0) {
            if (co_await running->drained.wait(drained) != Waited::ready) break;
        }
    } catch (...) {
        failure = std::current_exception();
        running->signal(SIGKILL);
    }
    running->over.request(SIGTERM);
    if (failure) std::rethrow_exception(failure);
}

// nullopt: the child has executed.
std::optional<Trouble> read_trouble(int fd) {
    Trouble trouble;
    if (::read(fd, &trouble, sizeof trouble) != sizeof trouble) return std::nullopt;
    return trouble;
}

}  // namespace

Task<Result<Exit>> run(Command command, OnLine on_line, Deadline deadline, SteadyClock::duration grace) {
    PGPRIMER_CO_TRY(const std::string file, find_program(command));
    const std::string late = "\"" + printable(command.argv[0]) + "\" did not end in time and was killed";
    if (deadline.stopped()) co_return not_ready(Waited::stopped, deadline, late);
    if (deadline.passed()) co_return Diagnostic(Error::timeout, "no time was left to start \"" + printable(command.argv[0]) + "\"");
    const auto executor = co_await boost::asio::this_coro::executor;
    PGPRIMER_CO_TRY(Spawned spawned, spawn(command, file));
    auto running = std::make_shared<Running>(executor, std::move(spawned), std::move(on_line));

    const Waited started = co_await wait_readable(running->spawned.trouble.get(), deadline);
    if (started != Waited::ready) {
        co_await end_group(running, SteadyClock::duration::zero());
        co_return not_ready(started, deadline, late);
    }
    if (const auto trouble = read_trouble(running->spawned.trouble.get())) {
        co_await running->end.wait(Deadline());
        running->exit = reap(running->spawned.pid);
        co_return trouble->at_cwd != 0 ? explain_cwd(command.cwd, trouble->error) : explain_exec(file, trouble->error);
    }
    running->spawned.trouble.reset();

    std::vector<Task<void>> tasks;
    tasks.push_back(read_stream(running, Stream::out));
    tasks.push_back(read_stream(running, Stream::err));
    tasks.push_back(watch(running, deadline, grace));
    co_await when_all(std::move(tasks));
    if (running->waited != Waited::ready) co_return not_ready(running->waited, deadline, late);
    co_return *running->exit;
}

}  // namespace pgprimer::process
