#pragma once
#include <sys/types.h>

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <memory>
#include <optional>

#include "fd.hpp"
#include "pgprimer/process/child.hpp"

namespace pgprimer::process {

// The registry of run()'s children: reap_orphans leaves these alone.
void enter_child(pid_t pid);
void remove_child(pid_t pid);

// Undoes an inherited "SIGCHLD is ignored", under which there are no statuses.
void make_children_waitable();

// Whether it has ended; it is not reaped.
bool has_ended(pid_t pid);

// Its status, without waiting; nullopt where it has not ended. Removes it from the registry.
std::optional<Exit> reap(pid_t pid);

// Whether a process of the group still runs (a zombie does not); nullopt where /proc does not tell.
std::optional<bool> group_lives(pid_t group);

// Wakes at every SIGCHLD that comes after it was made.
class ChildSignals {
public:
    explicit ChildSignals(const boost::asio::any_io_executor& executor);
    ~ChildSignals();
    ChildSignals(const ChildSignals&) = delete;
    ChildSignals& operator=(const ChildSignals&) = delete;
    // To be awaited right after a look at the children: one that comes between look and wait is not missed, for nothing else runs there.
    Task<Waited> wait(Deadline deadline) { return state_->came.wait(deadline); }

private:
    struct State {
        explicit State(const boost::asio::any_io_executor& executor) : set(executor, SIGCHLD) {}
        boost::asio::signal_set set;
        Signal came;
    };
    static void arm(const std::shared_ptr<State>& state);
    std::shared_ptr<State> state_;
};

// Waits for one child's end: by pidfd, or on a kernel without by SIGCHLD. Does not reap.
class EndOf {
public:
    EndOf(const boost::asio::any_io_executor& executor, pid_t pid);
    Task<Waited> wait(Deadline deadline);

private:
    pid_t pid_;
    Fd pidfd_;
    std::optional<ChildSignals> signals_;
};

}  // namespace pgprimer::process
