#pragma once
#include <sys/types.h>

#include "fd.hpp"
#include "pgprimer/process/child.hpp"

namespace pgprimer::process {

// A forked child on its way to exec.
struct Spawned {
    pid_t pid = 0;  // its process group's number too
    Fd out;         // non-blocking
    Fd err;
    Fd trouble;  // at its end: exec has happened, or a Trouble is in it
};

// What the child could not do.
struct Trouble {
    int at_cwd = 0;  // 1: chdir; 0: exec
    int error = 0;
};

// Forks. The child is entered in the registry of children.
Result<Spawned> spawn(const Command& command, const std::string& file);

}  // namespace pgprimer::process
