#pragma once
// A step's files as they are now. Asks no server.
#include <optional>
#include <string>
#include <vector>

#include "pgprimer/config/config.hpp"
#include "pgprimer/io/files.hpp"
#include "pgprimer/migration/version.hpp"
#include "pgprimer/plan/decide.hpp"
#include "pgprimer/sql/script.hpp"

namespace pgprimer::steps {

struct Looked {
    std::vector<plan::Unit> units;             // sql: scripts; exec, flush: one
    std::vector<sql::Script> scripts;          // sql: beside units; shell scripts too (is_shell_script())
    std::vector<std::string> ignored;          // sql: what a bare * has found besides
    std::vector<migration::Version> versions;  // migrations
    std::string dialect;
    std::string digest;     // over all units: the step is unchanged where the ledger holds the same one
    std::string signature;  // of the files' stats before they were read: where it is the same again, so is the digest; "" where stats cannot tell
};

// Acts at every run, whatever the ledger holds.
bool acts_always(const config::Step& step);
// A hook with inputs_sql: rows belong to its fingerprint, so a session is needed to know it.
bool reads_rows(const config::Step& step);
// ensure, expect: compare with the server, have no fingerprint.
bool looks_itself(const config::Step& step);

// Looked::signature, without reading a file. Failures as of look(), as far as names and stats tell them.
Result<std::string> glance(const config::Step& step, const config::Config& config, const io::Files& files);

// Error::config where a file is missing, a glob matches nothing, a folder is none, with the place in the configuration.
// `signature`: of a glance before, whose stats need not be taken again.
Result<Looked> look(const config::Step& step, const config::Config& config, const io::Files& files, const std::optional<std::string>& signature = {});

// A script's name in the ledger: relative to the configuration's folder, absolute outside it.
std::string unit_name(const io::fs::path& path, const io::fs::path& folder);

}  // namespace pgprimer::steps
