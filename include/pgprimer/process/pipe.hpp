#pragma once
// A program that is fed or read: \o |PROGRAM, \copy ... from program. What it prints line by line for a log is run()'s (child.hpp).
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "pgprimer/process/child.hpp"

namespace pgprimer::process {

struct Running;

// A program with a pipe to its standard input or from its standard output. Its other streams are ours; where we read it, its standard input is
// /dev/null. In all else it is as run() starts it: a group of its own, signals at their defaults, killed when we die. One operation at a time.
class Pipe {
public:
    enum class Direction { read, write };

    // Returns when it is executed; errors as run()'s.
    static Result<Pipe> start(Command command, Direction direction);
    Pipe(Pipe&& other) noexcept;
    Pipe& operator=(Pipe&& other) noexcept;
    ~Pipe();  // kills its group, unless close() has returned

    // Waits for data; at most `size` bytes, 0 at the end. A deadline leaves the program as it is: close() it.
    Task<Result<std::size_t>> read(char* into, std::size_t size, Deadline deadline);
    // Returns when the pipe has taken all. Error::failed where the program has closed its end; its exit, which close() gives, tells more.
    Task<Result<void>> write(std::string_view bytes, Deadline deadline);
    // Closes our end and waits for the program; what it leaves unread or unsent is lost. At the deadline or a stop: SIGTERM to its whole group, 1 s
    // later SIGKILL, then Error::timeout or Error::stopped.
    Task<Result<Exit>> close(Deadline deadline);

private:
    explicit Pipe(std::shared_ptr<Running> running);
    std::shared_ptr<Running> running_;
};

// The command that has /bin/sh read `text`. Error::config in an image without it.
Result<Command> shell_command(std::string text, std::map<std::string, std::string> env, std::string cwd);

}  // namespace pgprimer::process
