#pragma once
// The .sh files among a sql step's files, as the official image's entrypoint takes them: executable ones are run, others sourced. At least once.
#include <map>
#include <string>
#include <vector>

#include "pgprimer/base/async.hpp"
#include "pgprimer/config/config.hpp"
#include "pgprimer/process/child.hpp"
#include "pgprimer/sql/script.hpp"
#include "pgprimer/steps/context.hpp"

namespace pgprimer::steps {

// By its name: a path's or a unit's.
bool is_shell_script(const io::fs::path& path);

struct ShellCommand {
    std::vector<std::string> argv;
    std::string how;  // "run", "run by /bin/sh", "sourced by /bin/bash"
};

// Error::config where it takes a shell and there is none.
Result<ShellCommand> shell_command(const io::Files& files, const io::fs::path& path);

// Those of `scripts` that cannot be started in this image, all in one failure (Error::config).
Result<void> check_shell_scripts(const io::Files& files, const std::map<std::string, std::string>& environment,
                                 const std::vector<sql::Script>& scripts, const config::Step& step);

struct ShellWork {
    sql::Script script;
    std::string checksum;        // as decided about
    bool first_contact = false;  // no plan has ended well in this database yet
};

// One attempt. It finds what a hook finds and POSTGRES_USER, POSTGRES_DB, POSTGRES_PASSWORD, and a psql in its PATH that is this program; its output
// goes to the bus line by line. Error::failed with how it ended; Error::config where it cannot be started or has changed.
Task<Result<void>> run_shell_script(ShellWork work, const config::Step& step, const Context& context, Deadline deadline);

}  // namespace pgprimer::steps
