#pragma once
// Runs a script on a session with psql's meaning: variables, meta-commands, inline COPY data, includes.
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "pgprimer/base/result.hpp"
#include "pgprimer/event/bus.hpp"
#include "pgprimer/io/files.hpp"
#include "pgprimer/pg/connection.hpp"
#include "pgprimer/pg/print.hpp"
#include "pgprimer/script/unit.hpp"

namespace pgprimer::script {

// What a script needs of the world besides its session.
struct World {
    const io::Files* files = nullptr;
    event::Bus* bus = nullptr;
    // \connect: a ready session at this address.
    std::function<Task<Result<pg::Connection>>(pg::Address, Deadline)> connect;
    // Puts a session back to how a unit finds it (settings, search_path): after \connect to where we came from.
    std::function<Task<Result<void>>(pg::Connection&, Deadline)> prepare;
    // Standard output, for results and \echo; false: it cannot be written. Null: results are dropped, \echo is an event.
    std::function<bool(std::string_view)> out;
    // Where results go at first, if not there.
    std::function<bool(std::string_view)> results;
    std::string results_name;  // a file's, for messages
    pg::PrintOptions print;    // how results are printed at first
    bool tags = false;         // "CREATE TABLE" and alike are printed, too, as psql does unless it is quiet
    // Statements may be sent before the results of earlier ones are there: not where somebody waits for these to say what comes next.
    bool ahead = true;
    // \getenv and the programs that a script runs.
    std::map<std::string, std::string> environment;
};

struct Played {
    std::size_t statements = 0;
    std::size_t failures = 0;   // passed over: ON_ERROR_STOP was off
    bool left_home = false;     // \connect to another database or role
    bool drops_schema = false;  // a statement speaks of dropping a schema
};

// Runs it. A failure of the script is Error::failed with file, line, column, the line and the include chain; the session's open transaction has been
// rolled back. Error::lost: the outcome has to be asked of the ledger. A claim that met another run's row or epoch fails with its SQLSTATE
// (23505, PGP01, PGP02) and no place.
// Whole mode: where the server refuses as a whole what autocommit allows, the failure's SQLSTATE is 55P04, 55006, 25001, 53200 or 2D000:
// may_go_stepwise() tells.
Task<Result<Played>> play(const Unit& unit, pg::Connection& session, const World& world, Deadline deadline);

bool may_go_stepwise(const Unit& unit, const Diagnostic& failure);

}  // namespace pgprimer::script
