#include "running.hpp"

#include <sys/types.h>
#include <unistd.h>

#include <boost/asio/this_coro.hpp>
#include <csignal>
#include <utility>

#include "children.hpp"
#include "pgprimer/base/text.hpp"
#include "program.hpp"

namespace pgprimer::process {
namespace {

constexpr auto kill_time = std::chrono::seconds{10};        // how long a killed process may take (an unreachable file system) before it is given up
constexpr auto reap_time = std::chrono::milliseconds{100};  // likewise, where nothing can be awaited

Task<void> sleep_a_little(Deadline until) {
    const auto step = std::chrono::milliseconds{10};
    co_await sleep_for(step, until);
}

// The leader stays a zombie meanwhile, so that the group's number is nobody else's.
Task<void> end_group(std::shared_ptr<Running> running, EndOf& end, SteadyClock::duration grace) {
    const pid_t group = running->spawned.pid;
    running->signal(SIGTERM);
    const Deadline patience = Deadline::after(grace);
    co_await end.wait(patience);
    while (!patience.passed() && group_lives(group).value_or(true)) co_await sleep_a_little(patience);
    running->signal(SIGKILL);
    const Deadline killed = Deadline::after(kill_time);
    co_await end.wait(killed);
    while (!killed.passed() && group_lives(group).value_or(false)) co_await sleep_a_little(killed);
    running->exit = reap(group);
    if (running->exit) co_return;
    running->given_up = true;
    remove_child(group);
}

}  // namespace

// A killed process ends at once, nearly always; a zombie would stay for as long as we do.
Running::~Running() {
    if (over()) return;
    signal(SIGKILL);
    const Deadline patience = Deadline::after(reap_time);
    while (!reap(spawned.pid)) {
        if (patience.passed()) {
            remove_child(spawned.pid);
            return;
        }
        ::usleep(500);
    }
}

void Running::signal(int number) const {
    if (!over()) ::kill(-spawned.pid, number);
}

Diagnostic Running::late(Waited waited, const Deadline& deadline) const {
    return not_ready(waited, deadline, name + " did not end in time and was killed");
}

Result<std::shared_ptr<Running>> fork_program(const Command& command, Piped piped) {
    PGPRIMER_TRY(const std::string file, find_program(command));
    PGPRIMER_TRY(Spawned spawned, spawn(command, file, piped));
    return std::make_shared<Running>("\"" + printable(command.argv[0]) + "\"", std::move(spawned));
}

std::optional<Diagnostic> failure_to_execute(Running& running, const Command& command) {
    const auto trouble = read_trouble(running.spawned);
    running.spawned.trouble.reset();
    if (!trouble) return std::nullopt;
    return trouble->at_cwd != 0 ? explain_cwd(command.cwd, trouble->error) : explain_exec(running.spawned.file, trouble->error);
}

Task<Waited> await_end(std::shared_ptr<Running> running, Deadline deadline, SteadyClock::duration grace) {
    EndOf end(co_await boost::asio::this_coro::executor, running->spawned.pid);
    const Waited waited = co_await end.wait(deadline);
    if (waited == Waited::ready)
        running->exit = reap(running->spawned.pid);
    else
        co_await end_group(running, end, grace);
    co_return waited;
}

}  // namespace pgprimer::process
