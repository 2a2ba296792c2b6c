#include "pgprimer/process/pipe.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "program.hpp"
#include "running.hpp"

namespace pgprimer::process {
namespace {

constexpr auto start_time = std::chrono::seconds{5};  // exec takes microseconds, unless its file system does not answer
constexpr auto grace = std::chrono::seconds{1};
constexpr const char* shell = "/bin/sh";

// Blocks, as posix_spawn does, but not for ever.
bool executes(int trouble) {
    const Deadline patience = Deadline::after(start_time);
    pollfd one{trouble, POLLIN, 0};
    while (!patience.passed()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(patience.remaining());
        if (::poll(&one, 1, static_cast<int>(left.count())) > 0) return true;
    }
    return false;
}

}  // namespace

Pipe::Pipe(std::shared_ptr<Running> running) : running_(std::move(running)) {}
Pipe::Pipe(Pipe&& other) noexcept = default;

Pipe& Pipe::operator=(Pipe&& other) noexcept {
    const Pipe before(std::move(*this));
    running_ = std::move(other.running_);
    return *this;
}

// An operation that is never resumed may still hold the program.
Pipe::~Pipe() {
    if (running_) running_->signal(SIGKILL);
}

Result<Pipe> Pipe::start(Command command, Direction direction) {
    PGPRIMER_TRY(auto running, fork_program(command, direction == Direction::read ? Piped::output : Piped::input));
    if (!executes(running->spawned.trouble.get())) return Diagnostic(Error::failed, running->name + " could not be executed within 5 s");
    if (auto failure = failure_to_execute(*running, command)) return std::move(*failure);
    return Pipe(std::move(running));
}

Task<Result<std::size_t>> Pipe::read(char* into, std::size_t size, Deadline deadline) {
    const auto running = running_;
    const Fd& fd = running->spawned.out;
    while (fd.open()) {
        // Also where there is data: whoever else has something to do gets to it.
        const Waited waited = co_await wait_readable(fd.get(), deadline);
        if (waited != Waited::ready) co_return not_ready(waited, deadline, running->name + " sent no data in time");
        const auto got = ::read(fd.get(), into, size);
        if (got >= 0) co_return static_cast<std::size_t>(got);
        if (errno != EAGAIN && errno != EINTR) co_return Diagnostic(Error::failed, "the program cannot be read: " + error_text(errno));
    }
    co_return Diagnostic(Error::failed, "the program is not open for reading");
}

Task<Result<void>> Pipe::write(std::string_view bytes, Deadline deadline) {
    const auto running = running_;
    const Fd& fd = running->spawned.in;
    while (fd.open() && !bytes.empty()) {
        const Waited waited = co_await wait_writable(fd.get(), deadline);
        if (waited != Waited::ready) co_return not_ready(waited, deadline, running->name + " took no data in time");
        const auto put = ::write(fd.get(), bytes.data(), bytes.size());
        if (put >= 0)
            bytes.remove_prefix(static_cast<std::size_t>(put));
        else if (errno == EPIPE)
            co_return Diagnostic(Error::failed, "the program takes no more data");
        else if (errno != EAGAIN && errno != EINTR)
            co_return Diagnostic(Error::failed, "the program cannot be written to: " + error_text(errno));
    }
    if (!fd.open()) co_return Diagnostic(Error::failed, "the program is not open for writing");
    co_return Result<void>();
}

Task<Result<Exit>> Pipe::close(Deadline deadline) {
    const auto running = running_;
    running->spawned.in.reset();
    running->spawned.out.reset();
    if (!running->over()) {
        const Waited waited = co_await await_end(running, deadline, grace);
        if (waited != Waited::ready) co_return running->late(waited, deadline);
    }
    if (!running->exit) co_return Diagnostic(Error::failed, running->name + " was killed and has not ended yet");
    co_return *running->exit;
}

Result<Command> shell_command(std::string text, std::map<std::string, std::string> env, std::string cwd) {
    if (::access(shell, X_OK) != 0 && (errno == ENOENT || errno == ENOTDIR)) {
        return Diagnostic(Error::config, std::string("there is no shell (") + shell + ") in this image to start a program with")
            .with_hint("copy pgprimer into an image that has the shell and the program: COPY --from, or pgprimer install");
    }
    return Command{{shell, "-c", std::move(text)}, std::move(env), std::move(cwd)};
}

}  // namespace pgprimer::process
