#include "spawn.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "children.hpp"
#include "program.hpp"

namespace pgprimer::process {
namespace {

constexpr int trouble_in_child = 3;

Diagnostic no_resources(const std::string& what) { return {Error::failed, "cannot start a program: " + what + ": " + error_text(errno)}; }

// Above the standard ones, also where some of those are closed.
Fd high(Fd fd) {
    if (!fd.open() || fd.get() > 2) return fd;
    return Fd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
}

bool make_pipe(Fd& read, Fd& write) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    Fd first(ends[0]);
    Fd second(ends[1]);
    read = high(std::move(first));
    write = high(std::move(second));
    return read.open() && write.open();
}

Fd null_device(int mode) { return high(Fd(::open("/dev/null", mode | O_CLOEXEC))); }

// A stream of ours for the child to share; where ours is closed, nothing.
Fd our_own(int stream) {
    Fd copy(::fcntl(stream, F_DUPFD_CLOEXEC, 3));
    return copy.open() ? std::move(copy) : null_device(O_WRONLY);
}

// All that the child needs, made before the fork: after it only async-signal-safe calls are allowed (a resolver thread may hold the heap's lock).
struct Plan {
    pid_t parent;
    int input;
    int out;
    int err;
    int trouble;
    const char* cwd;
    const char* file;
    char* const* argv;
    char* const* envp;
};

[[noreturn]] void give_up(int at_cwd) {
    const Trouble trouble{at_cwd, errno};
    [[maybe_unused]] const auto written = ::write(trouble_in_child, &trouble, sizeof trouble);
    ::_exit(127);
}

void close_from(unsigned first) {
#ifdef SYS_close_range
    if (::syscall(SYS_close_range, first, ~0U, 0U) == 0) return;
#endif
    long limit = ::sysconf(_SC_OPEN_MAX);
    if (limit < 0 || limit > 65536) limit = 65536;
    for (int fd = static_cast<int>(first); fd < limit; ++fd) ::close(fd);
}

[[noreturn]] void be_child(const Plan& plan) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != plan.parent) ::_exit(127);  // the parent has died before the line above
    ::setpgid(0, 0);
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number) ::sigaction(number, &action, nullptr);
    if (::dup2(plan.input, 0) < 0 || ::dup2(plan.out, 1) < 0 || ::dup2(plan.err, 2) < 0) ::_exit(127);
    if (plan.trouble != trouble_in_child && ::dup3(plan.trouble, trouble_in_child, O_CLOEXEC) < 0) ::_exit(127);
    close_from(trouble_in_child + 1);
    if (*plan.cwd != '\0' && ::chdir(plan.cwd) != 0) give_up(1);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execve(plan.file, plan.argv, plan.envp);
    give_up(0);
}

}  // namespace

Result<Spawned> spawn(const Command& command, const std::string& file, Piped piped) {
    Spawned spawned;
    spawned.file = file;
    Fd in;
    Fd out;
    Fd err;
    Fd trouble;
    if (!make_pipe(spawned.trouble, trouble)) return no_resources("pipe");
    if (piped == Piped::input ? !make_pipe(in, spawned.in) : !make_pipe(spawned.out, out)) return no_resources("pipe");
    if (piped == Piped::outputs && !make_pipe(spawned.err, err)) return no_resources("pipe");
    for (const Fd* fd : {&spawned.in, &spawned.out, &spawned.err, &spawned.trouble}) {
        if (!fd->open()) continue;
        ::fcntl(fd->get(), F_SETFL, O_NONBLOCK);
        if (fd != &spawned.trouble) ::fcntl(fd->get(), F_SETPIPE_SZ, 256 * 1024);  // a wish: the child seldom waits for us
    }
    if (!in.open()) in = null_device(O_RDONLY);
    if (!out.open()) out = our_own(STDOUT_FILENO);
    if (!err.open()) err = our_own(STDERR_FILENO);
    if (!in.open() || !out.open() || !err.open()) return no_resources("/dev/null");

    auto arguments = command.argv;
    auto environment = entries(command.env);
    const auto argv = pointers(arguments);
    const auto envp = pointers(environment);
    const Plan plan{::getpid(), in.get(), out.get(), err.get(), trouble.get(), command.cwd.c_str(), file.c_str(), argv.data(), envp.data()};

    make_children_waitable();
    // No handler of ours may run in the child: it would write to the parent's pipes.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t pid = ::fork();
    if (pid == 0) be_child(plan);
    const int error = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (pid < 0) {
        errno = error;
        return no_resources("fork");
    }
    ::setpgid(pid, pid);  // whoever comes first; fails where the child has executed already
    enter_child(pid);
    spawned.pid = pid;
    return spawned;
}

std::optional<Trouble> read_trouble(const Spawned& spawned) {
    Trouble trouble;
    if (::read(spawned.trouble.get(), &trouble, sizeof trouble) != sizeof trouble) return std::nullopt;
    return trouble;
}

}  // namespace pgprimer::process
