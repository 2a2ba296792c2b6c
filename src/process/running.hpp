#pragma once
#include <memory>
#include <optional>
#include <string>

#include "spawn.hpp"

namespace pgprimer::process {

// A child until it is reaped. What ends it early kills its group.
struct Running {
    Running(std::string name_, Spawned started) : name(std::move(name_)), spawned(std::move(started)) {}
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running();

    // Its number stays taken until it is reaped.
    void signal(int number) const;
    [[nodiscard]] bool over() const { return exit || given_up; }
    // Why there is no Exit after `waited`.
    [[nodiscard]] Diagnostic late(Waited waited, const Deadline& deadline) const;

    std::string name;  // of the program, in quotes, for messages
    Spawned spawned;
    std::optional<Exit> exit;
    bool given_up = false;
};

// Finds the program and forks; whether it executes is told by failure_to_execute.
Result<std::shared_ptr<Running>> fork_program(const Command& command, Piped piped);

// Once `trouble` can be read: why it was not executed; nullopt where it was.
std::optional<Diagnostic> failure_to_execute(Running& running, const Command& command);

// Waits for its end and reaps it. Where that does not come in time, ends its group: SIGTERM, `grace` later SIGKILL.
Task<Waited> await_end(std::shared_ptr<Running> running, Deadline deadline, SteadyClock::duration grace);

}  // namespace pgprimer::process
