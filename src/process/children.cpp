#include "children.hpp"

#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

namespace pgprimer::process {
namespace {

struct Registry {
    std::set<pid_t> pids;
    Signal removed;
};

Registry& registry() {
    static Registry one;
    return one;
}

}  // namespace

void enter_child(pid_t pid) { registry().pids.insert(pid); }

void remove_child(pid_t pid) {
    registry().pids.erase(pid);
    registry().removed.notify_all();
}

void make_children_waitable() {
    struct sigaction action {};
    if (::sigaction(SIGCHLD, nullptr, &action) != 0) return;
    if (action.sa_handler != SIG_IGN && (action.sa_flags & SA_NOCLDWAIT) == 0) return;
    if (action.sa_handler == SIG_IGN) action.sa_handler = SIG_DFL;
    action.sa_flags &= ~SA_NOCLDWAIT;
    ::sigaction(SIGCHLD, &action, nullptr);
}

bool has_ended(pid_t pid) {
    siginfo_t info{};
    const int result = ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT);
    return (result == 0 && info.si_pid == pid) || (result != 0 && errno == ECHILD);
}

std::optional<Exit> reap(pid_t pid) {
    siginfo_t info{};
    const int result = ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG);
    if (result == 0 && info.si_pid != pid) return std::nullopt;
    remove_child(pid);
    Exit exit;
    if (result != 0)
        exit.status = -1;  // somebody else in this process has waited for it
    else if (info.si_code == CLD_EXITED)
        exit.status = info.si_status;
    else
        exit.signal = info.si_status;
    return exit;
}

std::optional<bool> group_lives(pid_t group) {
    std::error_code error;
    std::filesystem::directory_iterator each("/proc", error);
    if (error) return std::nullopt;
    bool any = false;
    for (; each != std::filesystem::directory_iterator(); each.increment(error)) {
        if (error) break;
        const std::string name = each->path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        std::ifstream file("/proc/" + name + "/stat");
        std::string line;
        if (!std::getline(file, line)) continue;
        any = true;
        // pid (name, which may contain anything) state ppid pgrp
        const auto after = line.rfind(')');
        if (after == std::string::npos || after + 4 >= line.size()) continue;
        const char state = line[after + 2];
        const auto number = line.find(' ', after + 4);
        if (number == std::string::npos || state == 'Z' || state == 'X') continue;
        pid_t pgrp = 0;
        std::from_chars(line.data() + number + 1, line.data() + line.size(), pgrp);
        if (pgrp == group) return true;
    }
    if (!any) return std::nullopt;
    return false;
}

ChildSignals::ChildSignals(const boost::asio::any_io_executor& executor) : state_(std::make_shared<State>(executor)) { arm(state_); }

ChildSignals::~ChildSignals() {
    boost::system::error_code ignored;
    state_->set.cancel(ignored);
}

void ChildSignals::arm(const std::shared_ptr<State>& state) {
    std::weak_ptr<State> weak = state;
    state->set.async_wait([weak](const boost::system::error_code& error, int) {
        const auto armed = weak.lock();
        if (error || !armed) return;
        arm(armed);
        armed->came.notify_all();
    });
}

EndOf::EndOf(const boost::asio::any_io_executor& executor, pid_t pid) : pid_(pid) {
#ifdef SYS_pidfd_open
    pidfd_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
#endif
    if (!pidfd_.open()) signals_.emplace(executor);
}

Task<Waited> EndOf::wait(Deadline deadline) {
    while (!has_ended(pid_)) {
        Waited waited = Waited::ready;
        if (pidfd_.open())
            waited = co_await wait_readable(pidfd_.get(), deadline);
        else
            waited = co_await signals_->wait(deadline);
        if (waited != Waited::ready && !has_ended(pid_)) co_return waited;
    }
    co_return Waited::ready;
}

Task<void> reap_orphans(Deadline until) {
    make_children_waitable();
    const auto executor = co_await boost::asio::this_coro::executor;
    ChildSignals signals(executor);
    while (true) {
        siginfo_t info{};
        const bool any = ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
        const pid_t pid = info.si_pid;
        if (any && !registry().pids.contains(pid)) {
            ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG);
            if (until.passed() || until.stopped()) co_return;
            continue;
        }
        // A child of run() hides the orphans behind it until run() has reaped it.
        Waited waited = Waited::ready;
        if (any)
            waited = co_await registry().removed.wait(until);
        else
            waited = co_await signals.wait(until);
        if (waited != Waited::ready) co_return;
    }
}

}  // namespace pgprimer::process
