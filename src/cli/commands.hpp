#pragma once
// One file a command. Each returns the exit status; failures have been shown.
#include <map>
#include <memory>
#include <string>

#include "options.hpp"
#include "pgprimer/base/async.hpp"
#include "pgprimer/config/load.hpp"
#include "pgprimer/engine/run.hpp"
#include "pgprimer/event/bus.hpp"
#include "pgprimer/io/files.hpp"

namespace pgprimer::cli {

struct Shell {
    Options options;
    std::map<std::string, std::string> environment;
    io::RealFiles files;
    event::Bus bus;
    Stop stop;

    [[nodiscard]] config::Flags flags() const { return {options.config, options.database_url}; }
    // Shows the failure, redacted, on standard error; its exit status.
    int fail(const Diagnostic& why);
    // Writes a command's result; its exit status.
    int show(std::string_view text);
    // Loads the configuration and tells the bus what to hide; warnings are published.
    Result<config::Config> load();
    void hide_password(const config::Target& target);
    [[nodiscard]] engine::World world();
};

Task<int> run(Shell& shell);
Task<int> plan(Shell& shell);
Task<int> status(Shell& shell);
Task<int> check(Shell& shell);
Task<int> wait(Shell& shell);
Task<int> sql(Shell& shell);
Task<int> baseline(Shell& shell);
Task<int> repair(Shell& shell);
int healthcheck(Shell& shell);
int install(Shell& shell);

// To standard output, all of it; false where it cannot be written.
bool print(std::string_view text);

}  // namespace pgprimer::cli
