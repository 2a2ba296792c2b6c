#pragma once
// One server for all tests of a program, and sessions of it. SIGPIPE is ignored, as pgprimer does.
#include <chrono>
#include <string>

#include "pgprimer/pg/connection.hpp"
#include "support/ephemeral_server.hpp"

namespace pgprimer::test {

// Without authentication. Started when it is first asked for, ended after the last test.
EphemeralServer& server();

inline Deadline soon() { return Deadline::after(std::chrono::seconds{30}); }

Task<pg::Connection> connect(pg::Address address);

// "SQLSTATE message" of a failure, else the first column of all rows, with commas between.
Task<std::string> ask(pg::Connection& c, std::string sql);

}  // namespace pgprimer::test
