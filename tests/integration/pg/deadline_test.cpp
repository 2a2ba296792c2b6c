#include <gtest/gtest.h>

#include "pgprimer/pg/resolve.hpp"
#include "server.hpp"

namespace pgprimer::pg {
namespace {

using namespace std::chrono_literals;

Task<void> stop_after(std::chrono::milliseconds delay, Stop& stop) {
    [[maybe_unused]] const auto slept = co_await sleep_for(delay, Deadline::never());
    stop.request(15);
}

// Runs `play` with a stop that is requested after a while.
void stopped(std::chrono::milliseconds delay, std::function<Task<void>(Deadline)> play) {
    Stop stop;
    const auto all = [&]() -> Task<void> {
        std::vector<Task<void>> tasks;
        tasks.push_back(stop_after(delay, stop));
        tasks.push_back(play(Deadline::never(&stop)));
        co_await when_all(std::move(tasks));
    };
    run_task(all());
}

TEST(AtTheDeadline, a_statement_is_cancelled_on_the_server_and_the_session_lives_on) {
    const auto play = []() -> Task<void> {
        Connection c = co_await connect(server().address());
        [[maybe_unused]] const auto begun = co_await c.query("BEGIN", soon());
        const Watch watch;
        const auto late = co_await c.query("SELECT pg_sleep(20)", Deadline::after(100ms));
        EXPECT_EQ(late.error().error, Error::timeout);
        EXPECT_GE(watch.elapsed(), 100ms);
        EXPECT_LT(watch.elapsed(), 1500ms);
        EXPECT_EQ(c.transaction_state(), TransactionState::failed);
        [[maybe_unused]] const auto ended = co_await c.query("ROLLBACK", soon());
        EXPECT_EQ(co_await ask(c, "SELECT 3"), "3");
    };
    run_task(play());
}

TEST(AtTheDeadline, a_statement_that_will_not_be_cancelled_is_left_after_two_seconds) {
    const auto play = []() -> Task<void> {
        Connection c = co_await connect(server().address());
        const Watch watch;
        const auto late = co_await c.query(
            "DO $$BEGIN LOOP BEGIN PERFORM pg_sleep(5); EXIT; EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END$$", Deadline::after(100ms));
        EXPECT_EQ(late.error().error, Error::timeout);
        EXPECT_GE(watch.elapsed(), 1900ms);
        EXPECT_LT(watch.elapsed(), 4s);
        EXPECT_FALSE(c.alive());
        EXPECT_EQ((co_await c.query("SELECT 1", soon())).error().error, Error::lost);
    };
    run_task(play());
}

TEST(AtTheDeadline, a_stalled_server_is_left_after_two_seconds) {
    FaultProxy proxy("127.0.0.1", server().port());
    const auto play = [&proxy]() -> Task<void> {
        Connection c = co_await connect(through(proxy));
        Faults faults;
        faults.stall = Faults::Point{Side::server, Unit::messages, 0};  // new connections, the cancelling one too
        proxy.set(faults);
        const Watch watch;
        const auto late = co_await c.query("SELECT pg_sleep(20)", Deadline::after(100ms));
        EXPECT_EQ(late.error().error, Error::timeout);
        EXPECT_LT(watch.elapsed(), 4s);
        EXPECT_FALSE(c.alive());
    };
    run_task(play());
}

TEST(AtTheDeadline, a_server_that_swallows_packets_does_not_hold_the_cancelling_up) {
    FaultProxy proxy("127.0.0.1", server().port());
    const auto play = [&proxy]() -> Task<void> {
        Connection c = co_await connect(through(proxy));
        Faults faults;
        faults.accept = Faults::Accept::swallow;
        proxy.set(faults);
        const Watch watch;
        EXPECT_EQ((co_await c.query("SELECT pg_sleep(20)", Deadline::after(100ms))).error().error, Error::timeout);
        EXPECT_LT(watch.elapsed(), 4s);
    };
    run_task(play());
}

TEST(AtTheDeadline, connecting_ends_whatever_message_the_server_stalls_after) {
    FaultProxy proxy("127.0.0.1", server().port());
    for (std::uint64_t after = 0; after < 4; ++after) {
        Faults faults;
        faults.stall = Faults::Point{Side::server, Unit::messages, after};
        proxy.set(faults);
        const Watch watch;
        const auto opened = run_task(Connection::open(through(proxy), Deadline::after(100ms)));
        EXPECT_EQ(opened.error().error, Error::timeout) << after;
        EXPECT_LT(watch.elapsed(), 1s) << after;
    }
}

TEST(AtTheDeadline, a_host_that_swallows_leaves_time_for_the_next_one) {
    Faults faults;
    faults.accept = Faults::Accept::swallow;
    FaultProxy proxy("127.0.0.1", server().port(), faults);
    Address address = through(proxy);
    address.hosts.emplace_back("127.0.0.1");
    address.ports.push_back(server().port());
    const auto opened = run_task(Connection::open(address, Deadline::after(600ms)));
    EXPECT_TRUE(opened.has_value());
}

TEST(AtTheDeadline, a_host_that_refuses_or_is_unknown_leads_to_the_next_one) {
    Address address = server().address();
    address.hosts = {"127.0.0.1", "no-such-host.invalid", "127.0.0.1"};
    address.ports = {1, 5432, server().port()};
    const auto opened = run_task(Connection::open(address, soon()));
    EXPECT_TRUE(opened.has_value());
}

TEST(AtAStop, a_statement_is_cancelled_and_the_session_lives_on) {
    stopped(100ms, [](Deadline deadline) -> Task<void> {
        Connection c = co_await connect(server().address());
        const Watch watch;
        const auto late = co_await c.query("SELECT pg_sleep(20)", deadline);
        EXPECT_EQ(late.error().error, Error::stopped);
        EXPECT_EQ(late.error().signal, 15);
        EXPECT_LT(watch.elapsed(), 1500ms);
        EXPECT_EQ(co_await ask(c, "SELECT 3"), "3");
    });
}

TEST(AtAStop, nothing_new_is_begun) {
    Stop stop;
    stop.request(2);
    const Deadline deadline = Deadline::never(&stop);
    const auto opened = run_task(Connection::open(server().address(), deadline));
    EXPECT_EQ(opened.error().error, Error::stopped);
    EXPECT_EQ(opened.error().signal, 2);
    EXPECT_EQ(run_task(resolve("localhost", deadline)).error().error, Error::stopped);
}

TEST(AtAStop, connecting_to_a_server_that_swallows_ends) {
    Faults faults;
    faults.accept = Faults::Accept::swallow;
    FaultProxy proxy("127.0.0.1", server().port(), faults);
    const Watch watch;
    stopped(50ms, [&proxy](Deadline deadline) -> Task<void> {
        const auto opened = co_await Connection::open(through(proxy), deadline);
        EXPECT_EQ(opened.error().error, Error::stopped);
    });
    EXPECT_LT(watch.elapsed(), 1500ms);
}

TEST(AtAStop, waiting_for_a_notification_and_watching_end) {
    stopped(50ms, [](Deadline deadline) -> Task<void> {
        Connection c = co_await connect(server().address());
        EXPECT_EQ((co_await c.notification(deadline)).error().error, Error::stopped);
    });
    stopped(50ms, [](Deadline deadline) -> Task<void> {
        Connection c = co_await connect(server().address());
        EXPECT_EQ((co_await c.watch(deadline)).error().error, Error::stopped);
        EXPECT_EQ(co_await ask(c, "SELECT 3"), "3");
    });
}

TEST(Cancel, ends_what_another_task_does_on_the_session) {
    const auto play = []() -> Task<void> {
        Connection c = co_await connect(server().address());
        EXPECT_TRUE(c.send("SELECT pg_sleep(20)").has_value());
        [[maybe_unused]] const auto slept = co_await sleep_for(50ms, Deadline::never());
        EXPECT_TRUE((co_await c.cancel(soon())).has_value());
        auto reply = (co_await c.next_result(soon())).value();
        EXPECT_EQ(reply.kind, Reply::Kind::error);
        EXPECT_EQ(reply.error.sqlstate, "57014");
    };
    run_task(play());
}

TEST(Resolve, gives_a_literal_address_itself_and_a_names_addresses) {
    EXPECT_THAT(run_task(resolve("127.0.0.1", soon())).value(), ::testing::ElementsAre("127.0.0.1"));
    EXPECT_THAT(run_task(resolve("::1", soon())).value(), ::testing::ElementsAre("::1"));
    EXPECT_THAT(run_task(resolve("localhost", soon())).value(), ::testing::Contains("127.0.0.1"));
}

TEST(Resolve, says_which_name_is_unknown) {
    const auto unknown = run_task(resolve("no-such-host.invalid", soon()));
    EXPECT_EQ(unknown.error().error, Error::not_ready);
    EXPECT_THAT(unknown.error().message, HasSubstr("\"no-such-host.invalid\" does not resolve"));
    EXPECT_NE(unknown.error().detail, "");
}

}  // namespace
}  // namespace pgprimer::pg
