#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>

#include "playing.hpp"

namespace pgprimer::process {
namespace {

Task<void> run_some(int number, int* good) {
    auto command = sh("(sleep 0.1; exit 3) & sleep 0." + std::to_string(number % 10) + "; exit " + std::to_string(number));
    for (int i = 0; i < 5; ++i) {
        OnLine sink = [](Stream, std::string_view, bool) {};
        auto ended = co_await run(command, sink, Deadline::after(20s));
        if (ended && ended->status == number) ++*good;
    }
}

Task<void> run_beside_reaper(int* good) {
    Stop stop;
    auto executor = co_await boost::asio::this_coro::executor;
    Signal ended;
    bool over = false;
    const auto handler = [&](std::exception_ptr) {
        over = true;
        ended.notify_all();
    };
    boost::asio::co_spawn(executor, reap_orphans(Deadline::never(&stop)), handler);
    std::vector<Task<void>> tasks;
    for (int i = 0; i < 6; ++i) tasks.push_back(run_some(i, good));
    co_await when_all(std::move(tasks));
    co_await sleep_for(500ms, Deadline());
    stop.request(SIGTERM);
    while (!over) co_await ended.wait(Deadline::after(5s));
}

TEST_F(Child, orphans_are_reaped_and_never_a_child_of_run) {
    ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    int good = 0;
    test::run_task(run_beside_reaper(&good));
    ::prctl(PR_SET_CHILD_SUBREAPER, 0);
    EXPECT_EQ(good, 30);
    errno = 0;
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
}

// All in a process of its own: the filter cannot be taken off again.
TEST_F(Child, a_kernel_without_pidfd_does_as_well) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        sock_filter filter[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
                                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
        const sock_fprog program{4, filter};
        if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) ::_exit(77);
        if (::syscall(SYS_pidfd_open, ::getpid(), 0) != -1) ::_exit(78);
        int good = 0;
        ::prctl(PR_SET_CHILD_SUBREAPER, 1);
        test::run_task(run_beside_reaper(&good));
        Output output;
        const auto late = play(sh("sleep 30"), output, Deadline::after(200ms));
        ::_exit(good == 30 && late.has_error() && late.error().error == Error::timeout ? 0 : 1);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << "no seccomp here";
    EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace pgprimer::process
