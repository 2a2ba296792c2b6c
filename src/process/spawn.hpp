#pragma once
#include <sys/types.h>

#include "fd.hpp"
#include "pgprimer/process/child.hpp"

namespace pgprimer::process {

// Which of the child's streams are pipes of ours. Standard input is /dev/null otherwise, an output is our own.
enum class Piped { outputs, output, input };

// A forked child on its way to exec.
struct Spawned {
    pid_t pid = 0;     // its process group's number too
    std::string file;  // that it executes
    Fd in;             // ours are non-blocking; where it is no pipe: not open
    Fd out;
    Fd err;
    Fd trouble;  // at its end: exec has happened, or a Trouble is in it
};

// What the child could not do.
struct Trouble {
    int at_cwd = 0;  // 1: chdir; 0: exec
    int error = 0;
};

// Forks. The child is entered in the registry of children.
Result<Spawned> spawn(const Command& command, const std::string& file, Piped piped);

// Once `trouble` can be read. nullopt: the child has executed.
std::optional<Trouble> read_trouble(const Spawned& spawned);

}  // namespace pgprimer::process
