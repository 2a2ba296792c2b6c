#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include "playing.hpp"

namespace pgprimer::process {
namespace {

int open_descriptors() {
    int count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
    return count;
}

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
        auto ended =
            test::run_task(run(sh("head -c " + std::to_string(size) + " /dev/zero | tr '\\0' x; echo; echo end"), sink, Deadline::after(10s)));
        ASSERT_TRUE(ended);
        ASSERT_GE(pieces.size(), 2U);
        EXPECT_EQ(pieces.back(), std::pair(std::size_t{3}, false));
        pieces.pop_back();
        std::size_t total = 0;
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            const bool last = i + 1 == pieces.size();
            EXPECT_EQ(pieces[i].second, !last) << size;
            if (!last) { EXPECT_EQ(pieces[i].first, 65536U); }
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
    auto ended = test::run_task(run(sh("yes 0123456789012345678901234567890123456789 | head -c 100000000"), sink, Deadline::after(60s)));
    ASSERT_TRUE(ended);
    EXPECT_GE(bytes, 100'000'000U);
    EXPECT_LE(bytes, 100'000'001U);
    rusage after{};
    ::getrusage(RUSAGE_SELF, &after);
    EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 64 * 1024);  // KiB; what sanitizers hold back included
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

}  // namespace
}  // namespace pgprimer::process
