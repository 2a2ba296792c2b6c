#pragma once
// What the tests of ledger share: a server without authentication, sessions, a ledger of a test's own.
#include <gmock/gmock.h>

#include <string>

#include "pgprimer/ledger/claim.hpp"
#include "pgprimer/ledger/lock.hpp"
#include "pgprimer/ledger/schema.hpp"
#include "pgprimer/ledger/snapshot.hpp"
#include "support/fault_proxy.hpp"
#include "support/run_task.hpp"
#include "support/shared_server.hpp"

namespace pgprimer::ledger {

using test::ask;
using test::connect;
using test::run_task;
using test::server;
using test::soon;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

inline Task<pg::Connection> connect() { return test::connect(server().address()); }

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
