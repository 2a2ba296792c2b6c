#pragma once
// What the tests of process share: scripts of sh, what they wrote, and a folder of a test's own.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fstream>
#include <string>
#include <vector>

#include "pgprimer/process/child.hpp"
#include "support/run_task.hpp"
#include "support/temporary_folder.hpp"

namespace pgprimer::process {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Output {
    std::vector<std::string> out;
    std::vector<std::string> err;
    OnLine sink() {
        return [this](Stream stream, std::string_view line, bool continued) {
            (stream == Stream::out ? out : err).push_back(std::string(line) + (continued ? "..." : ""));
        };
    }
};

inline Command sh(const std::string& script) {
    Command command;
    command.argv = {"sh", "-c", script};
    command.env = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}};
    return command;
}

inline Result<Exit> play(Command command, Output& output, Deadline deadline = Deadline::after(20s), SteadyClock::duration grace = 1s) {
    return test::run_task(run(std::move(command), output.sink(), deadline, grace));
}

inline Result<Exit> play(Command command) {
    Output output;
    return play(std::move(command), output);
}

// A process that still runs; a zombie does not.
inline bool alive(const std::string& pid) {
    std::ifstream file("/proc/" + pid + "/stat");
    std::string line;
    if (!std::getline(file, line)) return false;
    const char state = line[line.rfind(')') + 2];
    return state != 'Z' && state != 'X';
}

class Child : public ::testing::Test {
protected:
    void TearDown() override {
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

    const test::TemporaryFolder temporary;
    const std::string folder = temporary.path();
};

}  // namespace pgprimer::process
