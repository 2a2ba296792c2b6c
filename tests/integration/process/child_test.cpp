#include "pgprimer/process/child.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <fstream>

#include "support/run_task.hpp"

namespace pgprimer::process {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Output {
    std::vector<std::string> out;
    std::vector<std::string> err;
    OnLine sink() {
        return [this](Stream stream, std::string_view line, bool continued) { (stream == Stream::out ? out : err).push_back(std::string(line) + (continued ? "..." : "")); };
    }
};

Command sh(const std::string& script) {
    Command command;
    command.argv = {"sh", "-c", script};
    command.env = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}};
    return command;
}

Result<Exit> play(Command command, Output& output, Deadline deadline = Deadline::after(20s), SteadyClock::duration grace = 1s) {
    return test::run_task(run(std::move(command), output.sink(), deadline, grace));
}

Result<Exit> play(Command command) {
    Output output;
    return play(std::move(command), output);
}

// A process that still runs; a zombie does not.
bool alive(const std::string& pid) {
    std::ifstream file("/proc/" + pid + "/stat");
    std::string line;
    if (!std::getline(file, line)) return false;
    const char state = line[line.rfind(')') + 2];
    return state != 'Z' && state != 'X';
}

int open_descriptors() {
    int count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
    return count;
}

class Child : public ::testing::Test {
protected:
    void SetUp() override {
        std::string name = "/tmp/pgprimer_child_XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder = name;
    }
    void TearDown() override {
        std::filesystem::remove_all(folder);
        siginfo_t info{};
        EXPECT_TRUE(::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) << "a child was not reaped";
    }
    std::string write(const std::string& name, const std::string& text, mode_t mode) {
        const std::string path = folder + "/" + name;
        std::ofstream(path, std::ios::binary) << text;
        ::chmod(path.c_str(), mode);
        return path;
    }
    Diagnostic failure(std::vector<std::string> argv, std::string path = "/usr/bin:/bin") {
        Command command;
        command.argv = std::move(argv);
        command.env = {{"PATH", std::move(path)}};
        command.cwd = folder;
        auto ended = play(command);
        EXPECT_TRUE(ended.has_error());
        return ended.has_error() ? ended.error() : Diagnostic();
    }
    std::string folder;
};

TEST_F(Child, every_exit_status_is_told) {
    for (const int status : {0, 1, 3, 127, 255}) {
        auto ended = play(sh("exit " + std::to_string(status)));
        ASSERT_TRUE(ended);
        EXPECT_EQ(ended->status, status);
        EXPECT_EQ(ended->signal, 0);
        EXPECT_EQ(ended->success(), status == 0);
        EXPECT_EQ(ended->describe(), "exit status " + std::to_string(status));
    }
}

TEST_F(Child, a_signal_that_killed_it_is_told) {
    auto ended = play(sh("kill -KILL $$"));
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->signal, SIGKILL);
    EXPECT_FALSE(ended->success());
    EXPECT_EQ(ended->describe(), "killed by SIGKILL (9)");
    ended = play(sh("kill -40 $$"));
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->describe(), "killed by signal 40");
}

TEST_F(Child, lines_of_both_streams_come_in_their_order_and_as_written) {
    Output output;
    auto ended = play(sh("echo one; echo two >&2; printf 'three\\r\\n\\nlast'; printf 'four\\377\\n' >&2"), output);
    ASSERT_TRUE(ended);
    EXPECT_THAT(output.out, ElementsAre("one", "three\r", "", "last"));
    EXPECT_THAT(output.err, ElementsAre("two", "four\xff"));
}

TEST_F(Child, a_line_comes_before_the_program_ends) {
    SteadyClock::time_point seen;
    OnLine sink = [&seen](Stream, std::string_view, bool) { seen = SteadyClock::now(); };
    auto ended = test::run_task(run(sh("echo now; sleep 0.5"), sink, Deadline::after(10s)));
    ASSERT_TRUE(ended);
    EXPECT_GT(SteadyClock::now() - seen, 300ms);
}

TEST_F(Child, a_long_line_comes_in_pieces) {
    for (const int size : {65535, 65536, 65537, 131072, 200000}) {
        std::vector<std::pair<std::size_t, bool>> pieces;
        OnLine sink = [&pieces](Stream, std::string_view line, bool continued) { pieces.emplace_back(line.size(), continued); };
        auto ended = test::run_task(run(sh("head -c " + std::to_string(size) + " /dev/zero | tr '\\0' x; echo; echo end"), sink, Deadline::after(10s)));
        ASSERT_TRUE(ended);
        ASSERT_GE(pieces.size(), 2U);
        EXPECT_EQ(pieces.back(), std::pair(std::size_t{3}, false));
        pieces.pop_back();
        std::size_t total = 0;
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            const bool last = i + 1 == pieces.size();
            EXPECT_EQ(pieces[i].second, !last) << size;
            if (!last) {
                EXPECT_EQ(pieces[i].first, 65536U);
            }
            total += pieces[i].first;
        }
        EXPECT_LE(pieces.back().first, 65536U);
        EXPECT_EQ(total, static_cast<std::size_t>(size));
    }
}

TEST_F(Child, a_hundred_megabytes_go_through_in_constant_memory) {
    rusage before{};
    ::getrusage(RUSAGE_SELF, &before);
    std::size_t bytes = 0;
    OnLine sink = [&bytes](Stream, std::string_view line, bool continued) { bytes += line.size() + (continued ? 0 : 1); };
    const auto since = SteadyClock::now();
    auto ended = test::run_task(run(sh("yes 0123456789012345678901234567890123456789 | head -c 100000000"), sink, Deadline::after(60s)));
    ASSERT_TRUE(ended);
    EXPECT_GE(bytes, 100'000'000U);
    EXPECT_LE(bytes, 100'000'001U);
    EXPECT_LT(SteadyClock::now() - since, 20s);
    rusage after{};
    ::getrusage(RUSAGE_SELF, &after);
    EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 8 * 1024);
}

TEST_F(Child, the_environment_is_exactly_the_given_one) {
    Command command;
    command.argv = {"/usr/bin/env"};
    command.env = {{"A", "1"}, {"EMPTY", ""}, {"WITH", "a=b\nc"}};
    Output output;
    ASSERT_TRUE(play(command, output));
    EXPECT_THAT(output.out, ElementsAre("A=1", "EMPTY=", "WITH=a=b", "c"));
}

TEST_F(Child, it_starts_in_its_folder_and_group_with_no_input_and_no_descriptor_of_ours) {
    const int leaked = ::open("/dev/null", O_RDONLY);
    auto command = sh("pwd; cat; ls /proc/$$/fd | tr '\\n' ' '; echo; cut -d' ' -f5 /proc/$$/stat; echo $$");
    command.cwd = folder;
    Output output;
    ASSERT_TRUE(play(command, output));
    ::close(leaked);
    ASSERT_EQ(output.out.size(), 4U);
    EXPECT_EQ(output.out[0], folder);
    EXPECT_EQ(output.out[1], "0 1 2 ");
    EXPECT_EQ(output.out[2], output.out[3]);
}

TEST_F(Child, signals_are_at_their_defaults) {
    const auto before = std::signal(SIGPIPE, SIG_IGN);
    sigset_t blocked;
    sigset_t old;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    ::sigprocmask(SIG_BLOCK, &blocked, &old);
    Command command;
    command.argv = {"/usr/bin/grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"};
    Output output;
    auto ended = play(command, output);
    ::sigprocmask(SIG_SETMASK, &old, nullptr);
    std::signal(SIGPIPE, before);
    ASSERT_TRUE(ended);
    EXPECT_THAT(output.out, ElementsAre("SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000"));
}

TEST_F(Child, a_status_is_had_where_our_parent_ignored_sigchld) {
    const auto before = std::signal(SIGCHLD, SIG_IGN);
    auto ended = play(sh("exit 7"));
    std::signal(SIGCHLD, before);
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->status, 7);
}

TEST_F(Child, it_dies_with_us) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t parent = ::fork();
    if (parent == 0) {
        OnLine sink = [&ends](Stream, std::string_view line, bool) {
            [[maybe_unused]] const auto written = ::write(ends[1], line.data(), line.size());
            ::raise(SIGKILL);
        };
        test::run_task(run(sh("echo $$; exec sleep 30"), sink, Deadline::after(20s)));
        ::_exit(1);
    }
    ::close(ends[1]);
    char text[32] = {};
    ASSERT_GT(::read(ends[0], text, sizeof text - 1), 0);
    ::close(ends[0]);
    ::waitpid(parent, nullptr, 0);
    for (int i = 0; i < 100 && alive(text); ++i) ::usleep(20'000);
    EXPECT_FALSE(alive(text));
}

TEST_F(Child, at_the_deadline_it_is_asked_to_end_and_may_say_a_last_word) {
    Output output;
    const auto since = SteadyClock::now();
    auto ended = play(sh("trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done"), output, Deadline::after(300ms), 10s);
    ASSERT_TRUE(ended.has_error());
    EXPECT_EQ(ended.error().error, Error::timeout);
    EXPECT_THAT(output.out, ElementsAre("ready", "bye"));
    EXPECT_LT(SteadyClock::now() - since, 5s);
}

TEST_F(Child, one_that_ignores_sigterm_is_killed_after_the_grace) {
    Output output;
    const auto since = SteadyClock::now();
    auto ended = play(sh("trap '' TERM; echo $$; while :; do sleep 0.05; done"), output, Deadline::after(300ms), 400ms);
    const auto took = SteadyClock::now() - since;
    ASSERT_TRUE(ended.has_error());
    EXPECT_EQ(ended.error().error, Error::timeout);
    EXPECT_GE(took, 700ms);
    EXPECT_LT(took, 5s);
    ASSERT_EQ(output.out.size(), 1U);
    EXPECT_FALSE(alive(output.out[0]));
}

TEST_F(Child, a_grandchild_that_ignores_sigterm_is_killed_too) {
    Output output;
    auto ended = play(sh("(trap '' TERM; sh -c 'echo $PPID'; while :; do sleep 0.05; done) & wait"), output, Deadline::after(300ms), 300ms);
    ASSERT_TRUE(ended.has_error());
    ASSERT_EQ(output.out.size(), 1U);
    EXPECT_FALSE(alive(output.out[0]));
}

TEST_F(Child, a_grandchild_has_the_grace_that_the_child_did_not_need) {
    Output output;
    auto ended = play(sh("sh -c 'trap \"sleep 0.2; echo tidy; exit\" TERM; echo up; while :; do sleep 0.05; done' & wait"), output, Deadline::after(300ms), 5s);
    ASSERT_TRUE(ended.has_error());
    EXPECT_THAT(output.out, ElementsAre("up", "tidy"));
}

Task<Result<Exit>> stopped_soon(Command command, OnLine sink, Stop* stop) {
    auto executor = co_await boost::asio::this_coro::executor;
    auto timer = std::make_shared<boost::asio::steady_timer>(executor, 200ms);
    timer->async_wait([timer, stop](const boost::system::error_code&) { stop->request(SIGTERM); });
    co_return co_await run(std::move(command), std::move(sink), Deadline::never(stop));
}

TEST_F(Child, a_stop_ends_it) {
    Stop stop;
    Output output;
    auto ended = test::run_task(stopped_soon(sh("echo $$; sleep 30"), output.sink(), &stop));
    ASSERT_TRUE(ended.has_error());
    EXPECT_EQ(ended.error().error, Error::stopped);
    EXPECT_EQ(ended.error().signal, SIGTERM);
    ASSERT_EQ(output.out.size(), 1U);
    EXPECT_FALSE(alive(output.out[0]));
}

TEST_F(Child, a_stop_that_was_made_starts_nothing) {
    Stop stop;
    stop.request(SIGINT);
    Output output;
    auto ended = play(sh("echo started"), output, Deadline::never(&stop));
    ASSERT_TRUE(ended.has_error());
    EXPECT_EQ(ended.error().error, Error::stopped);
    EXPECT_THAT(output.out, IsEmpty());
}

TEST_F(Child, endless_output_does_not_outlast_the_deadline) {
    const auto since = SteadyClock::now();
    OnLine sink = [](Stream, std::string_view, bool) {};
    auto ended = test::run_task(run(sh("exec yes"), sink, Deadline::after(300ms)));
    ASSERT_TRUE(ended.has_error());
    EXPECT_EQ(ended.error().error, Error::timeout);
    EXPECT_LT(SteadyClock::now() - since, 5s);
}

TEST_F(Child, a_grandchild_that_holds_the_pipes_delays_by_a_second_only) {
    Output output;
    const auto since = SteadyClock::now();
    auto ended = play(sh("sleep 4 & echo done; exit 5"), output);
    const auto took = SteadyClock::now() - since;
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->status, 5);
    EXPECT_THAT(output.out, ElementsAre("done"));
    EXPECT_GE(took, 900ms);
    EXPECT_LT(took, 3s);
}

TEST_F(Child, one_that_closes_its_streams_is_waited_for) {
    Output output;
    auto ended = play(sh("exec >&- 2>&-; sleep 0.3; exit 4"), output);
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->status, 4);
}

TEST_F(Child, a_listener_that_throws_ends_the_child) {
    OnLine sink = [](Stream, std::string_view, bool) { throw std::runtime_error("no more"); };
    EXPECT_THROW(test::run_task(run(sh("echo x; sleep 30"), sink, Deadline::after(20s))), std::runtime_error);
}

TEST_F(Child, no_descriptor_is_left_behind) {
    play(sh("true"));
    const int before = open_descriptors();
    for (int i = 0; i < 20; ++i) play(sh("true"));
    failure({"/nowhere"});
    EXPECT_EQ(open_descriptors(), before);
}

TEST_F(Child, a_missing_program_is_named_with_the_path_that_was_searched) {
    auto why = failure({"no-such-program"}, "/usr/bin:/nowhere");
    EXPECT_EQ(why.error, Error::config);
    EXPECT_EQ(why.message, "\"no-such-program\" is not found in PATH");
    EXPECT_EQ(why.detail, "PATH is \"/usr/bin:/nowhere\"");
    why = failure({"./absent"});
    EXPECT_EQ(why.error, Error::config);
    EXPECT_THAT(why.message, HasSubstr("absent\" does not exist"));
    Command unnamed;
    EXPECT_EQ(play(unnamed).error().error, Error::config);
}

TEST_F(Child, one_that_is_not_executable_is_told_with_its_mode) {
    write("plain", "#!/bin/sh\n", 0640);
    auto why = failure({"./plain"});
    EXPECT_EQ(why.error, Error::config);
    EXPECT_THAT(why.message, HasSubstr("is not executable (mode 0640)"));
    why = failure({"plain"}, folder);
    EXPECT_THAT(why.message, HasSubstr("is not executable (mode 0640)"));
    why = failure({"/tmp"});
    EXPECT_THAT(why.message, HasSubstr("is a folder"));
}

TEST_F(Child, a_later_folder_of_path_has_the_executable_one) {
    write("echo", "", 0644);
    auto command = sh("");
    command.argv = {"echo", "found"};
    command.env["PATH"] = folder + ":/bin";
    Output output;
    ASSERT_TRUE(play(command, output));
    EXPECT_THAT(output.out, ElementsAre("found"));
}

TEST_F(Child, a_missing_interpreter_is_named) {
    write("script", "#! /nowhere/python -u\n", 0755);
    auto why = failure({"./script"});
    EXPECT_EQ(why.error, Error::config);
    EXPECT_THAT(why.message, HasSubstr("names an interpreter that does not exist: \"/nowhere/python\""));
    write("dos", "#!/bin/sh\r\necho\r\n", 0755);
    why = failure({"./dos"});
    EXPECT_THAT(why.message, HasSubstr("carriage return"));
    EXPECT_THAT(why.hint, HasSubstr("\\n line ends"));
    write("forbidden", "#!/etc/passwd\n", 0755);
    why = failure({"./forbidden"});
    EXPECT_THAT(why.message, HasSubstr("interpreter that is not executable: \"/etc/passwd\""));
}

TEST_F(Child, a_program_whose_loader_is_missing_is_told) {
    std::ifstream from("/proc/self/exe", std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(from)), {});
    const auto at = bytes.find("/lib64/ld-linux");
    if (at == std::string::npos) GTEST_SKIP() << "this test is no usual program";
    bytes.replace(at, 6, "/lib00");
    write("foreign", bytes, 0755);
    const auto why = failure({"./foreign"});
    EXPECT_EQ(why.error, Error::config);
    EXPECT_THAT(why.message, HasSubstr("dynamic loader that does not exist: \"/lib00/ld-linux"));
}

TEST_F(Child, what_is_no_program_is_told) {
    write("text", "echo hello\n", 0755);
    const auto why = failure({"./text"});
    EXPECT_EQ(why.error, Error::config);
    EXPECT_THAT(why.message, HasSubstr("#! line"));
}

TEST_F(Child, a_missing_cwd_is_told) {
    auto command = sh("true");
    command.cwd = folder + "/absent";
    auto why = play(command).error();
    EXPECT_EQ(why.error, Error::config);
    EXPECT_EQ(why.message, "the working folder \"" + command.cwd + "\" does not exist");
    command.cwd = write("file", "", 0644);
    EXPECT_THAT(play(command).error().message, HasSubstr("is not a folder"));
}

TEST_F(Child, arguments_that_are_too_long_are_told) {
    auto command = sh("true");
    command.argv.emplace_back(4 * 1024 * 1024, 'x');
    EXPECT_THAT(play(command).error().message, HasSubstr("too long"));
    command.argv.back() = std::string("a\0b", 3);
    EXPECT_THAT(play(command).error().message, HasSubstr("NUL"));
}

TEST_F(Child, the_environment_can_be_read) {
    ::setenv("PGPRIMER_CHILD_TEST", "a=b", 1);
    EXPECT_EQ(environment()["PGPRIMER_CHILD_TEST"], "a=b");
    ::unsetenv("PGPRIMER_CHILD_TEST");
}

TEST_F(Child, replace_becomes_the_program_or_says_why_not) {
    EXPECT_EQ(replace(Command{{"no-such-program"}, {}, ""}).error, Error::config);
    const pid_t pid = ::fork();
    if (pid == 0) {
        std::signal(SIGPIPE, SIG_IGN);
        replace(sh("trap - PIPE; kill -PIPE $$; exit 9"));
        ::_exit(1);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE) << status;
}

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
        sock_filter filter[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
                                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
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
