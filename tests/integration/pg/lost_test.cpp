// A connection that is lost, wherever: Error::lost (while connecting Error::not_ready), at once, and never a hang, a crash or a wrong answer.
#include <gtest/gtest.h>

#include "server.hpp"

namespace pgprimer::pg {
namespace {

using namespace std::chrono_literals;

Task<Result<void>> query_and_fail(Connection& c, Deadline deadline) {
    PGPRIMER_CO_TRY(const auto rows, co_await c.query("SELECT repeat('x', 1000), a FROM generate_series(1, 3) a", deadline));
    EXPECT_EQ(rows.size(), 3);
    const auto failed = co_await c.query("SELECT 1/0", deadline);
    if (failed.error().error == Error::lost) co_return failed.error();
    EXPECT_EQ(failed.error().sqlstate, "22012");
    Parameters parameters{"5"};
    PGPRIMER_CO_TRY(const auto answer, co_await c.query("SELECT $1::int + 1", parameters, deadline));
    EXPECT_EQ(answer.at(0, 0), "6");
    co_return Result<void>{};
}

Task<Result<void>> copy_both_ways(Connection& c, Deadline deadline) {
    PGPRIMER_CO_CHECK(co_await c.query("CREATE TEMP TABLE t (a int)", deadline));
    PGPRIMER_CO_CHECK(c.send("COPY t FROM STDIN"));
    PGPRIMER_CO_TRY(const auto wants, co_await c.next_result(deadline));
    EXPECT_EQ(wants.kind, Reply::Kind::copy_in);
    PGPRIMER_CO_CHECK(co_await c.put_copy("1\n2\n", deadline));
    PGPRIMER_CO_CHECK(co_await c.put_copy("3\n", deadline));
    PGPRIMER_CO_CHECK(co_await c.end_copy(std::nullopt, deadline));
    PGPRIMER_CO_TRY(const auto ended, co_await c.next_result(deadline));
    EXPECT_EQ(ended.rows.command_tag(), "COPY 3") << ended.error.message;
    PGPRIMER_CO_CHECK(co_await c.next_result(deadline));

    PGPRIMER_CO_CHECK(c.send("COPY t TO STDOUT"));
    PGPRIMER_CO_TRY(const auto sends, co_await c.next_result(deadline));
    EXPECT_EQ(sends.kind, Reply::Kind::copy_out);
    std::string all;
    while (true) {
        PGPRIMER_CO_TRY(const auto piece, co_await c.get_copy(deadline));
        if (!piece) break;
        all += *piece;
    }
    PGPRIMER_CO_TRY(const auto done, co_await c.next_result(deadline));
    EXPECT_EQ(done.kind, Reply::Kind::rows) << done.error.message;
    EXPECT_EQ(all, "1\n2\n3\n");
    PGPRIMER_CO_CHECK(co_await c.next_result(deadline));
    co_return Result<void>{};
}

Task<Result<void>> pipeline(Connection& c, Deadline deadline) {
    PGPRIMER_CO_CHECK(c.enter_pipeline());
    for (const char* one : {"BEGIN", "SELECT 1", "COMMIT"}) PGPRIMER_CO_CHECK(c.push(one));
    PGPRIMER_CO_CHECK(c.sync());
    while (true) {
        PGPRIMER_CO_TRY(const auto reply, co_await c.next_result(deadline));
        EXPECT_NE(reply.kind, Reply::Kind::error) << reply.error.message;
        if (reply.kind == Reply::Kind::error || reply.kind == Reply::Kind::sync) break;
    }
    PGPRIMER_CO_CHECK(c.leave_pipeline());
    co_return Result<void>{};
}

// The reference conversation.
Task<Result<void>> converse(Address address, Deadline deadline) {
    PGPRIMER_CO_TRY(auto c, co_await Connection::open(std::move(address), deadline));
    const auto play = [&c, deadline]() -> Task<Result<void>> {
        PGPRIMER_CO_CHECK(co_await query_and_fail(c, deadline));
        PGPRIMER_CO_CHECK(co_await copy_both_ways(c, deadline));
        PGPRIMER_CO_CHECK(co_await pipeline(c, deadline));
        co_return Result<void>{};
    };
    auto played = co_await play();
    if (!played) {
        EXPECT_FALSE(c.alive()) << played.error().message;
        EXPECT_EQ(played.error().error, Error::lost) << played.error().message;
        EXPECT_EQ(played.error().sqlstate.substr(0, 2), "08") << played.error().sqlstate << played.error().message;
        EXPECT_EQ((co_await c.query("SELECT 1", deadline)).error().error, Error::lost);
    }
    co_return played;
}

struct Sweep {
    Side side;
    Unit unit;
    bool reset;
    unsigned step;
};

class LostConnection : public ::testing::TestWithParam<Sweep> {};

TEST_P(LostConnection, is_told_wherever_the_conversation_is_cut) {
    const auto [side, unit, reset, step] = GetParam();
    FaultProxy proxy("127.0.0.1", server().port());
    ASSERT_TRUE(run_task(converse(through(proxy), soon())).has_value());
    const Counts whole = proxy.counts();
    const Counts::Way& way = side == Side::client ? whole.client : whole.server;
    const std::uint64_t all = unit == Unit::messages ? way.messages : way.bytes;
    ASSERT_GT(all, 15U);
    for (std::uint64_t after = 0; after < all; after += step) {
        SCOPED_TRACE(std::to_string(after) + " of " + std::to_string(all));
        Faults faults;
        faults.cut = Faults::Point{side, unit, after};
        faults.reset = reset;
        proxy.set(faults);
        const Watch watch;
        const auto played = run_task(converse(through(proxy), Deadline::after(5s)));
        EXPECT_LT(watch.elapsed(), 1500ms);
        if (played) {
            EXPECT_GE(after + 5, unit == Unit::messages ? all : after) << "it cannot have ended well";
        } else {
            EXPECT_TRUE(played.error().error == Error::lost || played.error().error == Error::not_ready) << to_text(played.error());
        }
        if (HasFailure()) return;
    }
}

INSTANTIATE_TEST_SUITE_P(Cut, LostConnection,
                         ::testing::Values(Sweep{Side::client, Unit::messages, false, 1}, Sweep{Side::server, Unit::messages, false, 1},
                                           Sweep{Side::server, Unit::messages, true, 1}, Sweep{Side::server, Unit::bytes, false, 17},
                                           Sweep{Side::client, Unit::bytes, true, 13}),
                         [](const auto& tested) {
                             const Sweep& s = tested.param;
                             return std::string(s.side == Side::client ? "client" : "server") + (s.unit == Unit::messages ? "_messages" : "_bytes") +
                                    (s.reset ? "_reset" : "");
                         });

TEST(Fragmented, to_single_bytes_a_conversation_is_the_same) {
    Faults faults;
    faults.single_bytes = true;
    FaultProxy proxy("127.0.0.1", server().port(), faults);
    const auto played = run_task(converse(through(proxy), soon()));
    EXPECT_TRUE(played.has_value()) << to_text(played.error());
}

TEST(Delayed, a_conversation_is_the_same) {
    Faults faults;
    faults.delay = 5ms;
    FaultProxy proxy("127.0.0.1", server().port(), faults);
    const Watch watch;
    const auto played = run_task(converse(through(proxy), soon()));
    EXPECT_TRUE(played.has_value());
    EXPECT_GE(watch.elapsed(), 10ms * static_cast<int>(proxy.counts().round_trips));
}

TEST(Terminated, is_lost_with_the_servers_own_sqlstate) {
    const auto play = []() -> Task<void> {
        Connection c = co_await connect(server().address());
        const auto failed = co_await c.query("SELECT pg_terminate_backend(pg_backend_pid())", soon());
        EXPECT_EQ(failed.error().error, Error::lost);
        EXPECT_EQ(failed.error().sqlstate, "57P01");
        EXPECT_THAT(failed.error().message, HasSubstr("terminating connection"));
        EXPECT_FALSE(c.alive());
    };
    run_task(play());
}

TEST(Terminated, while_idle_is_told_by_the_next_statement) {
    const auto play = []() -> Task<void> {
        Connection c = co_await connect(server().address());
        Connection other = co_await connect(server().address());
        co_await ask(other, "SELECT pg_terminate_backend(" + std::to_string(c.backend_pid()) + ", 5000)");
        const auto failed = co_await c.query("SELECT 1", soon());
        EXPECT_EQ(failed.error().error, Error::lost);
        EXPECT_EQ(failed.error().sqlstate, "57P01");
    };
    run_task(play());
}

TEST(Terminated, while_idle_ends_a_watch) {
    const auto play = []() -> Task<void> {
        Connection c = co_await connect(server().address());
        Connection other = co_await connect(server().address());
        const std::string sql = "SELECT pg_terminate_backend(" + std::to_string(c.backend_pid()) + ", 5000)";
        std::vector<Task<void>> both;
        const auto watch = [&c]() -> Task<void> {
            const auto lost = co_await c.watch(soon());
            EXPECT_EQ(lost.error().error, Error::lost);
            EXPECT_EQ(lost.error().sqlstate, "57P01");
        };
        const auto end = [&other, sql]() -> Task<void> { co_await ask(other, sql); };
        both.push_back(watch());
        both.push_back(end());
        co_await when_all(std::move(both));
        EXPECT_FALSE(c.alive());
    };
    run_task(play());
}

TEST(Terminated, in_a_copy_is_told_by_it) {
    const auto play = []() -> Task<void> {
        Connection c = co_await connect(server().address());
        Connection other = co_await connect(server().address());
        EXPECT_TRUE(c.send("CREATE TEMP TABLE t (a text); COPY t FROM STDIN").has_value());
        [[maybe_unused]] const auto made = co_await c.next_result(soon());
        [[maybe_unused]] const auto wants = co_await c.next_result(soon());
        co_await ask(other, "SELECT pg_terminate_backend(" + std::to_string(c.backend_pid()) + ", 5000)");
        Result<void> put;
        const std::string piece(100'000, 'x');
        for (int i = 0; i < 100 && put; ++i) put = co_await c.put_copy(piece, soon());
        if (put) put = co_await c.end_copy(std::nullopt, soon());
        if (put) {
            const auto reply = co_await c.next_result(soon());
            EXPECT_EQ(reply.error().sqlstate, "57P01");
        } else {
            EXPECT_EQ(put.error().error, Error::lost);
            EXPECT_EQ(put.error().sqlstate, "57P01");
        }
    };
    run_task(play());
}

}  // namespace
}  // namespace pgprimer::pg
