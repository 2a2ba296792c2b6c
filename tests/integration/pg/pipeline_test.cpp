#include <gtest/gtest.h>

#include "server.hpp"

namespace pgprimer::pg {
namespace {

using namespace std::chrono_literals;
using Kind = Reply::Kind;

// The replies up to `syncs` sync points; "!" and the SQLSTATE for an error, "-" skipped, "S" a sync, else the command tag.
Task<std::vector<std::string>> read_all(Connection& c, int syncs) {
    std::vector<std::string> out;
    while (syncs > 0) {
        auto reply = (co_await c.next_result(soon())).value();
        switch (reply.kind) {
            case Kind::sync:
                out.emplace_back("S");
                --syncs;
                break;
            case Kind::error: out.push_back("!" + reply.error.sqlstate); break;
            case Kind::skipped: out.emplace_back("-"); break;
            case Kind::rows: out.push_back(reply.rows.command_tag()); break;
            default: break;
        }
    }
    co_return out;
}

void push_all(Connection& c, const std::vector<std::string>& statements) {
    for (const auto& one : statements) EXPECT_TRUE(c.push(one).has_value());
}

TEST(Pipeline, sends_a_window_in_one_round_trip) {
    FaultProxy proxy("127.0.0.1", server().port());
    const auto play = [&proxy]() -> Task<void> {
        Connection c = co_await connect(through(proxy));
        proxy.reset_counts();
        EXPECT_TRUE(c.enter_pipeline().has_value());
        push_all(c, {"BEGIN", "CREATE TEMP TABLE t (a int)", "INSERT INTO t VALUES (1)", "COMMIT"});
        Parameters one{"7"};
        EXPECT_TRUE(c.push("SELECT $1::int", one).has_value());
        EXPECT_TRUE(c.sync().has_value());
        const auto replies = co_await read_all(c, 1);
        EXPECT_THAT(replies, ::testing::ElementsAre("BEGIN", "CREATE TABLE", "INSERT 0 1", "COMMIT", "SELECT 1", "S"));
        EXPECT_TRUE(c.leave_pipeline().has_value());
        EXPECT_EQ(proxy.counts().round_trips, 1U);
        EXPECT_EQ(co_await ask(c, "SELECT count(*) FROM t"), "1");
    };
    run_task(play());
}

TEST(Pipeline, skips_what_follows_an_error_up_to_the_sync_and_goes_on_after_it) {
    const auto play = []() -> Task<void> {
        Connection c = co_await connect(server().address());
        EXPECT_TRUE(c.enter_pipeline().has_value());
        push_all(c, {"BEGIN", "CREATE TEMP TABLE t (a int)", "SELECT 1/0", "INSERT INTO t VALUES (1)", "COMMIT"});
        EXPECT_TRUE(c.sync().has_value());
        push_all(c, {"ROLLBACK", "SELECT 4"});
        EXPECT_TRUE(c.sync().has_value());
        const auto replies = co_await read_all(c, 2);
        EXPECT_THAT(replies, ::testing::ElementsAre("BEGIN", "CREATE TABLE", "!22012", "-", "-", "S", "ROLLBACK", "SELECT 1", "S"));
        EXPECT_TRUE(c.leave_pipeline().has_value());
        EXPECT_EQ(c.transaction_state(), TransactionState::idle);
        EXPECT_EQ(co_await ask(c, "SELECT 3"), "3");
    };
    run_task(play());
}

TEST(Pipeline, reads_on_at_flush_requests_without_a_sync) {
    const auto play = []() -> Task<void> {
        Connection c = co_await connect(server().address());
        EXPECT_TRUE(c.enter_pipeline().has_value());
        for (int i = 0; i < 3; ++i) {
            push_all(c, {"SELECT " + std::to_string(i)});
            EXPECT_TRUE(c.flush_request().has_value());
            auto reply = (co_await c.next_result(soon())).value();
            EXPECT_EQ(reply.kind, Kind::rows);
            EXPECT_EQ(reply.rows.at(0, 0), std::to_string(i));
            EXPECT_EQ((co_await c.next_result(soon())).value().kind, Kind::done);
        }
        EXPECT_TRUE(c.sync().has_value());
        EXPECT_THAT(co_await read_all(c, 1), ::testing::ElementsAre("S"));
        EXPECT_TRUE(c.leave_pipeline().has_value());
    };
    run_task(play());
}

// Neither side may wait for the other: what the server answers fills the buffers while there is much left to send.
TEST(Pipeline, takes_more_than_all_buffers_hold_in_both_directions) {
    const auto play = []() -> Task<void> {
        Connection c = co_await connect(server().address());
        EXPECT_TRUE(c.enter_pipeline().has_value());
        Parameters large{std::string(100'000, 'x')};
        for (int i = 0; i < 300; ++i) EXPECT_TRUE(c.push("SELECT $1::text", large).has_value());
        EXPECT_TRUE(c.sync().has_value());
        EXPECT_EQ((co_await read_all(c, 1)).size(), 301U);
        EXPECT_TRUE(c.leave_pipeline().has_value());
    };
    run_task(play());
}

TEST(Pipeline, at_its_deadline_the_connection_is_given_up) {
    const auto play = []() -> Task<void> {
        Connection c = co_await connect(server().address());
        EXPECT_TRUE(c.enter_pipeline().has_value());
        push_all(c, {"SELECT pg_sleep(20)", "SELECT 1"});
        EXPECT_TRUE(c.sync().has_value());
        const Watch watch;
        EXPECT_EQ((co_await c.next_result(Deadline::after(100ms))).error().error, Error::timeout);
        EXPECT_LT(watch.elapsed(), 2500ms);
        EXPECT_FALSE(c.alive());
        EXPECT_EQ((co_await c.next_result(soon())).error().error, Error::lost);
    };
    run_task(play());
}

TEST(Pipeline, is_not_left_with_results_unread) {
    const auto play = []() -> Task<void> {
        Connection c = co_await connect(server().address());
        EXPECT_TRUE(c.enter_pipeline().has_value());
        push_all(c, {"SELECT 1"});
        EXPECT_EQ(c.leave_pipeline().error().error, Error::internal);
    };
    run_task(play());
}

}  // namespace
}  // namespace pgprimer::pg
