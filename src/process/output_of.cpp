#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "fd.hpp"
#include "pgprimer/process/pipe.hpp"

namespace pgprimer::process {

// Blocking, and so before the reaper of PID 1 could take its status.
Result<std::string> output_of(std::string program, const std::map<std::string, std::string>& environment, const std::string& cwd) {
    PGPRIMER_TRY(const Command command, shell_command(std::move(program), environment, cwd));
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return Diagnostic(Error::failed, std::string("no pipe can be made: ") + std::strerror(errno));
    const Fd read_end(ends[0]);
    Fd write_end(ends[1]);
    std::vector<std::string> variables;
    for (const auto& [name, value] : command.env) variables.push_back(name + "=" + value);
    std::vector<char*> env, argv;
    for (auto& variable : variables) env.push_back(variable.data());
    env.push_back(nullptr);
    std::vector<std::string> arguments = command.argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, write_end.get(), 1);
    if (!command.cwd.empty()) ::posix_spawn_file_actions_addchdir_np(&actions, command.cwd.c_str());
    pid_t child = 0;
    const int started = ::posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), env.data());
    ::posix_spawn_file_actions_destroy(&actions);
    if (started != 0) return Diagnostic(Error::failed, std::string("the program in backticks cannot be started: ") + std::strerror(started));
    write_end.reset();
    std::string out;
    std::array<char, 4096> piece{};
    while (true) {
        const ssize_t size = ::read(read_end.get(), piece.data(), piece.size());
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) break;
        out.append(piece.data(), static_cast<std::size_t>(size));
    }
    int status = 0;  // as psql: what it said counts, however it ended
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    if (out.ends_with('\n')) out.pop_back();
    return out;
}

}  // namespace pgprimer::process
