#pragma once
// Child processes. The only caller of fork, exec and wait in pgprimer. One SIGCHLD handler on the io_context.
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pgprimer/base/async.hpp"
#include "pgprimer/base/result.hpp"

namespace pgprimer::process {

struct Command {
    std::vector<std::string> argv;           // argv[0] is searched in the child's PATH unless it has a slash
    std::map<std::string, std::string> env;  // the whole environment of the child
    std::string cwd;
};

enum class Stream { out, err };

struct Exit {
    int status = 0;  // exit status; meaningful where signal is 0
    int signal = 0;  // that killed it
    [[nodiscard]] bool success() const { return status == 0 && signal == 0; }
    [[nodiscard]] std::string describe() const;  // "exit status 3", "killed by SIGKILL (9)"
};

// A line without its end; a line longer than 64 KiB comes in pieces of that size with `continued` on all but the last. Bytes as written.
using OnLine = std::function<void(Stream, std::string_view line, bool continued)>;

// Starts the program in a process group of its own with PR_SET_PDEATHSIG = SIGKILL, standard input from /dev/null, signals at their defaults and no
// descriptor of ours but 0-2; reads both streams without ever blocking the child for long, until it has ended and its pipes are closed or 1 s has
// passed since it ended (a grandchild may hold them). Error::config where it cannot be started: missing (PATH searched, named), not
// executable (mode named), missing interpreter, cwd missing. At the deadline or a stop: SIGTERM to the whole group, `grace` later SIGKILL, then
// Error::timeout or Error::stopped; nothing of the group is left either way.
Task<Result<Exit>> run(Command command, OnLine on_line, Deadline deadline, SteadyClock::duration grace = std::chrono::seconds{1});

// Whether run() could start it, as far as that can be told without starting: the program is there and executable, and so is the interpreter of a
// script, and what `#!/usr/bin/env NAME` names. Failures as of run().
Result<void> check(const Command& command);

// As PID 1 (or a subreaper): takes the statuses of orphans, never of children of run(). To be spawned once; never ends by itself.
Task<void> reap_orphans(Deadline until);

// Replaces this process; returns only where it failed. For `wait -- PROGRAM`.
Diagnostic replace(const Command& command);

// What a program of the shell writes to its standard output, without a final line feed; however it ends. Waits for it: for psql's backticks only.
Result<std::string> output_of(std::string program, const std::map<std::string, std::string>& environment, const std::string& cwd);

// The environment as a map.
std::map<std::string, std::string> environment();

}  // namespace pgprimer::process
