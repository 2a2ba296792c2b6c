#pragma once
// psql's -c and -f: one after the other on one session, with one set of variables and one output.
#include <memory>
#include <string>

#include "pgprimer/script/player.hpp"

namespace pgprimer::script {

class Session;

class Parts {
public:
    // What outlives this: the unit (its script's variables are the first ones), the connection and the world.
    Parts(const Unit& unit, pg::Connection& connection, const World& world, Deadline deadline);
    ~Parts();
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    // A query as it is, of however many statements, in one message.
    Task<Result<void>> query(std::string text);
    // A backslash command.
    Task<Result<void>> command(std::string text);
    // Opens it only: play() runs it.
    Result<void> open(const sql::Script& script);
    Task<Result<void>> play();
    // Of the caller's own.
    Task<Result<void>> internal(std::string sql);
    Task<Result<void>> write_to(const std::string& file);
    // What was committed is on disk, and what \o has open is closed. To be called at last.
    Task<Result<void>> close();

    [[nodiscard]] Diagnostic worded(Diagnostic why) const;  // as VERBOSITY asks
    [[nodiscard]] bool on_error_stop() const;
    [[nodiscard]] std::size_t failures() const;  // passed over: ON_ERROR_STOP was off

private:
    std::unique_ptr<Session> session_;
};

}  // namespace pgprimer::script
