#pragma once
// What the tests of ledger share: a server without authentication, sessions, a ledger of a test's own.
#include <gmock/gmock.h>

#include <chrono>
#include <string>

#include "pgprimer/ledger/claim.hpp"
#include "pgprimer/ledger/lock.hpp"
#include "pgprimer/ledger/schema.hpp"
#include "pgprimer/ledger/snapshot.hpp"
#include "support/ephemeral_server.hpp"
#include "support/fault_proxy.hpp"
#include "support/run_task.hpp"

namespace pgprimer::ledger {

using test::run_task;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Started once.
test::EphemeralServer& server();

inline Deadline soon() { return Deadline::after(std::chrono::seconds{30}); }

inline Task<pg::Connection> connect(pg::Address address) {
    auto opened = co_await pg::Connection::open(std::move(address), soon());
    co_return std::move(opened).value();
}
inline Task<pg::Connection> connect() { return connect(server().address()); }

// "SQLSTATE message" of a failure, else the first row's first column.
inline Task<std::string> ask(pg::Connection& c, std::string sql) {
    const auto rows = co_await c.query(std::move(sql), soon());
    if (!rows) co_return rows.error().sqlstate + " " + rows.error().message;
    co_return std::string(rows->at(0, 0));
}

inline Task<void> make_ledger(pg::Connection& c, const Identity& identity) {
    const auto made = co_await create(c, identity, soon());
    EXPECT_TRUE(made) << made.error().message;
    co_await ask(c, "INSERT INTO \"" + identity.schema + "\".project (project, epoch, contact) VALUES ('" + identity.project + "', 1, 'empty')");
}

inline plan::Record a_record(const std::string& unit = "a.sql") {
    plan::Record out;
    out.key = {"step", "", unit};
    out.kind = "sql";
    out.checksum = "c1";
    return out;
}

// "unit state checksum statement" a row.
inline Task<std::string> units(pg::Connection& c, const Identity& identity) {
    return ask(c, "SELECT coalesce(string_agg(concat_ws(' ', unit, state, checksum, statement), ', ' ORDER BY unit), '') FROM \"" + identity.schema +
                      "\".unit WHERE project = '" + identity.project + "'");
}

}  // namespace pgprimer::ledger
