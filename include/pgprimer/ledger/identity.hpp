#pragma once
#include <cstdint>
#include <string>

#include "pgprimer/plan/record.hpp"

namespace pgprimer::ledger {

// Which ledger, and whose rows in it.
struct Identity {
    std::string schema = "pgprimer";
    std::string project = "default";
};

// One execution, as its rows name it.
struct Run {
    std::string id;  // "9f3c-1a2b3c4d": the project's hash, then random: so that sessions of one project's runs can be told by their names
    std::int64_t epoch = 0;
    std::string host, version;
};

// A new run's id.
std::string new_run_id(const Identity& identity);
// What every run id of this project begins with.
std::string run_prefix(const Identity& identity);

// "pgprimer:RUN:STEP", cut to what PostgreSQL keeps of an application name (63 bytes).
std::string session_name(const std::string& run, const std::string& step);

// Advisory lock keys (DESIGN 7). K1: who may run. K2: held, shared, by all work. Globals: roles, databases, tablespaces; in database "postgres".
std::int64_t run_key(const Identity& identity);
std::int64_t work_key(const Identity& identity);
std::int64_t globals_key();

}  // namespace pgprimer::ledger
