#include "pgprimer/process/pipe.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <sstream>

#include "playing.hpp"

namespace pgprimer::process {
namespace {

using Direction = Pipe::Direction;

Deadline soon() { return Deadline::after(20s); }

Task<std::string> read_all(Pipe& pipe) {
    std::string out;
    std::vector<char> buffer(4096);
    while (true) {
        const auto got = co_await pipe.read(buffer.data(), buffer.size(), soon());
        if (!got.value()) co_return out;
        out.append(buffer.data(), *got);
    }
}

// Writes until the program takes no more.
Task<Diagnostic> write_on(Pipe& pipe) {
    const std::string piece(100'000, 'x');
    while (true) {
        const auto put = co_await pipe.write(piece, soon());
        if (put.has_error()) co_return put.error();
    }
}

class ProgramPipe : public Child {
protected:
    void SetUp() override { before_ = std::signal(SIGPIPE, SIG_IGN); }  // as pgprimer does
    void TearDown() override {
        std::signal(SIGPIPE, before_);
        Child::TearDown();
    }
    Command here(const std::string& script) {
        auto command = sh(script);
        command.cwd = folder;
        return command;
    }
    std::string text_of(const std::string& name) {
        std::ostringstream text;
        text << std::ifstream(folder + "/" + name).rdbuf();
        return text.str();
    }
    // Until the file is there and its line whole.
    std::string line_of(const std::string& name) {
        for (int i = 0; i < 500 && !text_of(name).ends_with('\n'); ++i) ::usleep(10'000);
        auto line = text_of(name);
        if (!line.empty()) line.pop_back();
        return line;
    }
    static Exit closed(Pipe& pipe) { return test::run_task(pipe.close(soon())).value(); }

private:
    void (*before_)(int) = nullptr;
};

TEST_F(ProgramPipe, what_the_program_writes_is_read_to_its_end) {
    auto pipe = Pipe::start(here("printf 'a\\0b\\n'; head -c 1000000 /dev/zero; exit 3"), Direction::read).value();
    const auto text = test::run_task(read_all(pipe));
    EXPECT_EQ(text.size(), 1'000'004U);
    EXPECT_EQ(text.substr(0, 4), std::string("a\0b\n", 4));
    const auto exit = closed(pipe);
    EXPECT_EQ(exit.describe(), "exit status 3");
    EXPECT_EQ(closed(pipe).status, 3) << "a second close tells the same";
}

TEST_F(ProgramPipe, the_program_gets_what_is_written_and_then_the_end) {
    auto pipe = Pipe::start(here("cat > got; echo done >> got"), Direction::write).value();
    const std::string piece(1'000'003, 'y');
    const auto play = [&]() -> Task<void> {
        for (int i = 0; i < 5; ++i) EXPECT_TRUE(co_await pipe.write(piece, soon()));
        EXPECT_TRUE(co_await pipe.write("", soon()));
        EXPECT_TRUE(co_await pipe.write("\nlast\n", soon()));
        const auto exit = co_await pipe.close(soon());
        EXPECT_TRUE(exit.value().success());
        EXPECT_THAT((co_await pipe.write("more", soon())).error().message, HasSubstr("not open"));
    };
    test::run_task(play());
    const auto got = text_of("got");
    EXPECT_EQ(got.size(), 5'000'015U + 11U);
    EXPECT_TRUE(got.ends_with("y\nlast\ndone\n"));
}

TEST_F(ProgramPipe, its_other_streams_are_ours) {
    const int out = ::dup(1), err = ::dup(2);
    const int file = ::open((folder + "/ours").c_str(), O_RDWR | O_CREAT | O_APPEND, 0600);
    ::dup2(file, 1);
    ::dup2(file, 2);
    auto fed = Pipe::start(here("cat; echo err >&2"), Direction::write);
    auto read = Pipe::start(here("readlink /proc/self/fd/0; echo err2 >&2"), Direction::read);
    ::close(1);  // where ours is closed, the program's is /dev/null
    auto without = Pipe::start(here("r=$(readlink /proc/$$/fd/1); echo $r >&2"), Direction::write);
    ::dup2(out, 1);
    ::dup2(err, 2);
    ASSERT_TRUE(fed);
    ASSERT_TRUE(read);
    ASSERT_TRUE(without);
    EXPECT_TRUE(test::run_task(fed->write("fed\n", soon())));
    EXPECT_TRUE(closed(*fed).success());
    EXPECT_EQ(test::run_task(read_all(*read)), "/dev/null\n");
    EXPECT_TRUE(closed(*read).success());
    EXPECT_TRUE(closed(*without).success());
    for (const int fd : {out, err, file}) ::close(fd);
    const auto text = text_of("ours");
    for (const char* line : {"fed\n", "err\n", "err2\n", "/dev/null\n"}) EXPECT_THAT(text, HasSubstr(line));
}

TEST_F(ProgramPipe, it_has_no_other_descriptor_of_ours) {
    const int leaked = ::open("/dev/null", O_RDONLY);
    const auto other = Pipe::start(here("exec cat"), Direction::write).value();
    Command command;
    command.argv = {"/bin/ls", "/proc/self/fd"};
    auto pipe = Pipe::start(command, Direction::read).value();
    ::close(leaked);
    EXPECT_EQ(test::run_task(read_all(pipe)), "0\n1\n2\n3\n") << "3 is the folder that ls reads";
    EXPECT_TRUE(closed(pipe).success());
}

TEST_F(ProgramPipe, one_that_closed_its_input_takes_no_more_and_its_exit_tells_why) {
    auto pipe = Pipe::start(here("head -c 10 > got; exit 4"), Direction::write).value();
    const auto why = test::run_task(write_on(pipe));
    EXPECT_EQ(why.error, Error::failed);
    EXPECT_EQ(why.message, "the program takes no more data");
    EXPECT_EQ(closed(pipe).status, 4);
    EXPECT_EQ(text_of("got"), "xxxxxxxxxx");
}

TEST_F(ProgramPipe, one_whose_output_nobody_reads_on_gets_sigpipe) {
    auto pipe = Pipe::start(here("exec yes"), Direction::read).value();
    char byte = 0;
    EXPECT_EQ(test::run_task(pipe.read(&byte, 1, soon())).value(), 1U);
    EXPECT_EQ(closed(pipe).describe(), "killed by SIGPIPE (13)");
}

TEST_F(ProgramPipe, a_deadline_of_read_or_write_leaves_the_program_as_it_is) {
    auto slow = Pipe::start(here("sleep 0.4; echo late"), Direction::read).value();
    char byte = 0;
    const auto nothing = test::run_task(slow.read(&byte, 1, Deadline::after(50ms)));
    ASSERT_TRUE(nothing.has_error());
    EXPECT_EQ(nothing.error().error, Error::timeout);
    EXPECT_EQ(nothing.error().message, "\"sh\" sent no data in time");
    EXPECT_EQ(test::run_task(read_all(slow)), "late\n");
    EXPECT_TRUE(closed(slow).success());

    auto full = Pipe::start(here("exec sleep 30"), Direction::write).value();
    const std::string much(4'000'000, 'x');
    const auto stuck = test::run_task(full.write(much, Deadline::after(100ms)));
    ASSERT_TRUE(stuck.has_error());
    EXPECT_EQ(stuck.error().error, Error::timeout);
    EXPECT_EQ(stuck.error().message, "\"sh\" took no data in time");
}

TEST_F(ProgramPipe, a_stop_ends_whatever_waits) {
    Stop stop;
    auto pipe = Pipe::start(here("echo $$ > pid; exec sleep 30"), Direction::read).value();
    const auto pid = line_of("pid");
    const auto play = [&]() -> Task<void> {
        char byte = 0;
        const auto none = co_await pipe.read(&byte, 1, Deadline::never(&stop));
        EXPECT_EQ(none.error().error, Error::stopped);
        EXPECT_EQ(none.error().signal, SIGINT);
        const auto ended = co_await pipe.close(Deadline::never(&stop));
        EXPECT_EQ(ended.error().error, Error::stopped);
    };
    const auto request = [&]() -> Task<void> {
        co_await sleep_for(100ms, Deadline());
        stop.request(SIGINT);
    };
    const auto both = [&]() -> Task<void> {
        std::vector<Task<void>> tasks;
        tasks.push_back(play());
        tasks.push_back(request());  // runs while play() waits: the thread is not blocked
        co_await when_all(std::move(tasks));
    };
    test::run_task(both());
    EXPECT_FALSE(alive(pid));
}

TEST_F(ProgramPipe, close_ends_the_whole_group_at_its_deadline) {
    auto pipe = Pipe::start(here("trap '' TERM; sleep 30 & echo $! > pid; cat; while :; do sleep 1; done"), Direction::write).value();
    const auto grandchild = line_of("pid");
    const auto since = SteadyClock::now();
    const auto ended = test::run_task(pipe.close(Deadline::after(200ms)));
    ASSERT_TRUE(ended.has_error());
    EXPECT_EQ(ended.error().error, Error::timeout);
    EXPECT_EQ(ended.error().message, "\"sh\" did not end in time and was killed");
    EXPECT_GE(SteadyClock::now() - since, 1200ms) << "SIGTERM first";
    EXPECT_FALSE(alive(grandchild));
}

TEST_F(ProgramPipe, one_that_heeds_sigterm_has_its_last_word) {
    auto pipe = Pipe::start(here("trap 'echo bye > word; exit 0' TERM; cat; while :; do sleep 0.1; done"), Direction::write).value();
    EXPECT_EQ(test::run_task(pipe.close(Deadline::after(500ms))).error().error, Error::timeout);
    EXPECT_EQ(text_of("word"), "bye\n");
}

TEST_F(ProgramPipe, one_that_is_given_up_is_killed_and_reaped) {
    std::string first, second;
    {
        auto pipe = Pipe::start(here("echo $$ > first; exec sleep 30"), Direction::read).value();
        first = line_of("first");
        pipe = Pipe::start(here("echo $$ > second; exec sleep 30"), Direction::read).value();
        EXPECT_FALSE(alive(first)) << "another took its place";
        second = line_of("second");
        const Pipe moved = std::move(pipe);
        EXPECT_TRUE(alive(second));
    }
    EXPECT_FALSE(alive(second));
}

TEST_F(ProgramPipe, a_signal_that_killed_it_is_told) {
    auto pipe = Pipe::start(here("kill -KILL $$"), Direction::write).value();
    EXPECT_EQ(closed(pipe).describe(), "killed by SIGKILL (9)");
}

TEST_F(ProgramPipe, what_cannot_be_started_is_told_at_once) {
    const auto failure_of = [this](Command command) {
        for (const auto direction : {Direction::read, Direction::write}) {
            auto pipe = Pipe::start(command, direction);
            if (!pipe.has_error()) return Diagnostic();
            if (direction == Direction::write) return pipe.error();
        }
        return Diagnostic();
    };
    auto command = here("");
    command.argv = {"no-such-program"};
    EXPECT_EQ(failure_of(command).message, "\"no-such-program\" is not found in PATH");
    command.argv = {write("script", "#!/nowhere/python\n", 0755)};
    EXPECT_THAT(failure_of(command).message, HasSubstr("names an interpreter that does not exist: \"/nowhere/python\""));
    EXPECT_EQ(failure_of(command).error, Error::config);
    command = sh("true");
    command.cwd = folder + "/absent";
    EXPECT_THAT(failure_of(command).message, HasSubstr("does not exist"));
}

TEST_F(ProgramPipe, no_descriptor_is_left_behind) {
    const auto count = [] {
        const std::filesystem::directory_iterator all("/proc/self/fd");
        return std::distance(begin(all), end(all));
    };
    const auto once = [this] {
        for (const auto direction : {Direction::read, Direction::write}) {
            auto pipe = Pipe::start(here("true"), direction).value();
            EXPECT_TRUE(closed(pipe).success());
        }
        Command missing;
        missing.argv = {write("dos", "#!/nowhere\n", 0755)};
        EXPECT_TRUE(Pipe::start(missing, Direction::read).has_error());
    };
    once();
    const auto before = count();
    for (int i = 0; i < 10; ++i) once();
    EXPECT_EQ(count(), before);
}

TEST_F(ProgramPipe, the_reaper_of_orphans_takes_no_status_of_it) {
    int good = 0;
    const auto one = [&good](int number) -> Task<void> {
        for (int i = 0; i < 10; ++i) {
            auto pipe = Pipe::start(sh("(sleep 0.02; exit 9) & exit " + std::to_string(number)), Direction::read).value();
            co_await sleep_for(std::chrono::milliseconds{10 * number}, Deadline());  // it has ended, and is a zombie
            if ((co_await pipe.close(soon())).value().status == number) ++good;
        }
    };
    const auto all = [&]() -> Task<void> {
        Stop stop;

        std::vector<Task<void>> tasks;
        const auto reaping = [&]() -> Task<void> { co_await reap_orphans(Deadline::never(&stop)); };
        const auto piping = [&]() -> Task<void> {
            std::vector<Task<void>> pipes;
            for (int i = 1; i <= 4; ++i) pipes.push_back(one(i));
            co_await when_all(std::move(pipes));
            co_await sleep_for(300ms, Deadline());
            stop.request(SIGTERM);
        };
        tasks.push_back(reaping());
        tasks.push_back(piping());
        co_await when_all(std::move(tasks));
    };
    ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    test::run_task(all());
    ::prctl(PR_SET_CHILD_SUBREAPER, 0);
    EXPECT_EQ(good, 40);
}

TEST_F(ProgramPipe, a_shell_command_is_read_by_bin_sh) {
    const auto command = shell_command("echo \"$WHO $(pwd)\" | tr a-z A-Z", {{"WHO", "me"}, {"PATH", "/usr/bin:/bin"}}, "/tmp").value();
    EXPECT_EQ(command.argv[0], "/bin/sh");
    auto pipe = Pipe::start(command, Direction::read).value();
    EXPECT_EQ(test::run_task(read_all(pipe)), "ME /TMP\n");
    EXPECT_TRUE(closed(pipe).success());
}

// In a process of its own: the root folder cannot be changed back.
TEST_F(ProgramPipe, an_image_without_a_shell_says_so) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        if (::chroot(folder.c_str()) != 0 && (::unshare(CLONE_NEWUSER) != 0 || ::chroot(folder.c_str()) != 0)) ::_exit(77);
        const auto none = shell_command("secret words", {}, "");
        const bool good = none.has_error() && none.error().error == Error::config &&
                          none.error().message == "there is no shell (/bin/sh) in this image to start a program with" && !none.error().hint.empty();
        ::_exit(good ? 0 : 1);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << "no chroot here";
    EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace pgprimer::process
