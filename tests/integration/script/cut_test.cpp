// The connection cut at every message of a unit: afterwards row and effect are both there, or neither is.
#include <gtest/gtest.h>

#include "stage.hpp"

namespace pgprimer::script {
namespace {

using test::FaultProxy;
using test::Faults;
using test::Side;

// Until no session of another is left there: what was cut has its end.
void settle(Stage& stage) {
    const auto wait = [&stage]() -> Task<void> {
        pg::Connection c = co_await connect(stage.address);
        for (int i = 0; i < 500; ++i) {
            if (co_await ask(c, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()") == "0")
                co_return;
            co_await sleep_for(std::chrono::milliseconds{5}, soon());
        }
        ADD_FAILURE() << "a session is left";
    };
    test::run_task(wait());
}

pg::Address through(const FaultProxy& proxy, pg::Address address) {
    address.hosts = {"127.0.0.1"};
    address.ports = {proxy.port()};
    return address;
}

Faults cut_at(Side side, std::uint64_t count) {
    Faults faults;
    faults.cut = Faults::Point{side, Faults::Point::Unit::messages, count};
    return faults;
}

// Messages of a conversation that nobody cuts.
std::uint64_t messages(const test::Counts& counts, Side side) { return side == Side::client ? counts.client.messages : counts.server.messages; }

void cut_everywhere(const std::string& script, Mode mode, const std::function<void(Stage&, const Result<Played>&, const std::string& where)>& check) {
    Stage stage(script);
    const std::string clean = "DROP TABLE IF EXISTS t; TRUNCATE led, progress";
    const auto unit = stage.unit(mode);
    FaultProxy proxy("127.0.0.1", server().port());
    ASSERT_TRUE(stage.played(unit, through(proxy, stage.address)));
    const auto counts = proxy.counts();
    for (const Side side : {Side::client, Side::server}) {
        const std::uint64_t all = messages(counts, side);
        ASSERT_GT(all, 5U);
        for (std::uint64_t at = 0; at < all; ++at) {
            ASSERT_EQ(stage.asked(clean), "");
            proxy.set(cut_at(side, at));
            const auto played = stage.played(unit, through(proxy, stage.address));
            settle(stage);
            check(stage, played, (side == Side::client ? "client " : "server ") + std::to_string(at));
        }
    }
}

void both_or_neither(Stage& stage, const Result<Played>& played, const std::string& where) {
    const std::string row = stage.row();
    EXPECT_EQ(stage.asked("SELECT (to_regclass('t') IS NOT NULL)::int"), row) << where;
    if (row == "1") { EXPECT_EQ(stage.asked("SELECT count(*) FROM t"), "2") << where; }
    if (played) {
        EXPECT_EQ(row, "1") << where;
    } else {
        EXPECT_TRUE(played.error().error == Error::lost || played.error().error == Error::not_ready) << where << " " << told(played);
    }
}

TEST(Cut, WholeSentAhead) {
    cut_everywhere("CREATE TABLE t (a int);\nINSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2);\n", Mode::whole, both_or_neither);
}

TEST(Cut, WholeOneByOne) {
    cut_everywhere("CREATE TABLE t (a int);\nCOPY t FROM stdin;\n1\n\\.\nINSERT INTO t VALUES (2);\n", Mode::whole, both_or_neither);
}

TEST(Cut, StepwiseGoesOnWhereItEnded) {
    cut_everywhere("CREATE TABLE t (a int);\nINSERT INTO t VALUES (1);\nBEGIN;\nINSERT INTO t VALUES (2);\nCOMMIT;\nINSERT INTO t VALUES (3);\n",
                   Mode::stepwise, [](Stage& stage, const Result<Played>& played, const std::string& where) {
                       if (!played && stage.asked("SELECT count(*) FROM progress WHERE mark = 'done'") == "0") {
                           auto unit = stage.unit(Mode::stepwise);
                           unit.resume = stage.last_position();
                           const auto again = stage.played(unit);
                           EXPECT_TRUE(again) << where << " " << told(again);
                       }
                       EXPECT_EQ(stage.asked("SELECT a FROM t ORDER BY a"), "1,2,3") << where;
                       EXPECT_EQ(stage.asked("SELECT count(*) FROM progress WHERE mark = 'done'"), "1") << where;
                   });
}

TEST(Cut, WhatNoTransactionCoversIsLookedUp) {
    cut_everywhere(
        "CREATE TABLE t (a int);\nINSERT INTO t VALUES (1);\nCREATE INDEX CONCURRENTLY i ON t (a);\nINSERT INTO t VALUES (2);\nREINDEX INDEX CONCURRENTLY i;\n",
        Mode::stepwise, [](Stage& stage, const Result<Played>& played, const std::string& where) {
            if (!played && stage.asked("SELECT count(*) FROM progress WHERE mark = 'done'") == "0") {
                auto unit = stage.unit(Mode::stepwise);
                stage.resume(unit);
                const auto again = stage.played(unit);
                EXPECT_TRUE(again) << where << " " << told(again);
            }
            EXPECT_EQ(stage.asked("SELECT a FROM t ORDER BY a"), "1,2") << where;
            EXPECT_EQ(stage.asked("SELECT string_agg(indexrelid::regclass || ' ' || indisvalid, ' ') FROM pg_index WHERE indrelid = 't'::regclass"),
                      "i true")
                << where;
        });
}

}  // namespace
}  // namespace pgprimer::script
