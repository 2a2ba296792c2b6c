// Waiting, while the server changes.
#include <gtest/gtest.h>
#include <algorithm>
#include <csignal>
#include <fstream>
#include <mutex>
#include <thread>

#include "pgprimer/pg/probe.hpp"
#include "server.hpp"

namespace pgprimer::pg {
namespace {

using namespace std::chrono_literals;
using Auth = EphemeralServer::Auth;
using ::testing::ElementsAre;
using States = std::vector<std::string>;

// Waits in a thread of its own, so that the server can be started and stopped by this one.
class Waiter {
public:
    explicit Waiter(Address address, Wants wants = {}, SteadyClock::duration timeout = 20s) {
        thread_ = std::thread([this, address = std::move(address), wants = std::move(wants), timeout] {
            const OnState on_state = [this](Readiness state, const Diagnostic&, SteadyClock::duration) { add(to_string(state)); };
            const auto play = [&]() -> Task<void> {
                auto probed = co_await wait_ready(address, wants, on_state, Deadline::after(timeout));
                if (!probed) why_ = probed.error();
                if (probed) facts_ = probed->facts;
                took_ = watch_.elapsed();
            };
            run_task(play());
        });
    }
    ~Waiter() {
        if (thread_.joinable()) thread_.join();
    }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    // Until this state has been entered.
    void until(const std::string& state) {
        for (int i = 0; i < 2000; ++i) {
            const States now = states();
            if (std::ranges::find(now, state) != now.end()) return;
            std::this_thread::sleep_for(5ms);
        }
        ADD_FAILURE() << state << " never seen; but " << ::testing::PrintToString(states());
    }
    void end() { thread_.join(); }
    States states() {
        const std::lock_guard<std::mutex> guard(mutex_);
        return states_;
    }
    // After end():
    [[nodiscard]] const std::optional<Diagnostic>& why() const { return why_; }
    [[nodiscard]] const ServerFacts& facts() const { return facts_; }
    [[nodiscard]] std::chrono::milliseconds took() const { return took_; }

private:
    void add(const char* state) {
        const std::lock_guard<std::mutex> guard(mutex_);
        states_.emplace_back(state);
    }

    std::mutex mutex_;
    States states_;
    std::optional<Diagnostic> why_;
    ServerFacts facts_;
    Watch watch_;
    std::chrono::milliseconds took_{0};
    std::thread thread_;
};

void write_signal_file(const EphemeralServer& of, const char* name) { std::ofstream(of.data_dir() + "/" + name).flush(); }

void promote(const EphemeralServer& standby) {
    write_signal_file(standby, "promote");
    ::kill(standby.pid(), SIGUSR1);
}

TEST(WaitReady, at_a_ready_server_is_one_attempt) {
    FaultProxy proxy("127.0.0.1", server().port());
    Waiter waiter(through(proxy));
    waiter.end();
    EXPECT_FALSE(waiter.why());
    EXPECT_THAT(waiter.states(), ElementsAre("ready"));
    EXPECT_EQ(proxy.counts().connections, 1U);
}

TEST(WaitReady, sees_a_server_start_and_enters_each_state_once) {
    EphemeralServer mine;
    mine.stop();
    Waiter waiter(mine.address());
    waiter.until("connection_refused");
    std::this_thread::sleep_for(300ms);
    mine.start();
    const Watch watch;
    waiter.end();
    EXPECT_LT(watch.elapsed(), 1s);
    auto states = waiter.states();
    EXPECT_EQ(states.front(), "connection_refused");
    EXPECT_EQ(states.back(), "ready");
    const auto all = states.size();
    std::ranges::sort(states);
    states.erase(std::unique(states.begin(), states.end()), states.end());
    EXPECT_EQ(states.size(), all);
}

TEST(WaitReady, waits_through_starting_up_until_a_standby_is_promoted) {
    EphemeralServer standby;
    standby.stop();
    write_signal_file(standby, "standby.signal");
    standby.write_settings({"hot_standby = off"});
    standby.start();
    Waiter waiter(standby.address());
    waiter.until("starting_up");
    std::this_thread::sleep_for(200ms);
    promote(standby);
    waiter.end();
    EXPECT_FALSE(waiter.why());
    EXPECT_THAT(waiter.states(), ElementsAre("starting_up", "ready"));
    EXPECT_FALSE(waiter.facts().in_recovery);
}

TEST(WaitReady, waits_through_recovery_where_a_writable_server_is_wanted) {
    EphemeralServer standby;
    standby.stop();
    write_signal_file(standby, "standby.signal");
    standby.start();
    Waiter writes(standby.address());
    writes.until("in_recovery");

    Wants reading;
    reading.writable = false;
    Waiter reads(standby.address(), reading);
    reads.end();
    EXPECT_EQ(reads.states().back(), "ready");
    EXPECT_TRUE(reads.facts().in_recovery);

    Address one_of_two = standby.address();
    one_of_two.parameters["target_session_attrs"] = "read-write";
    Waiter by_libpq(one_of_two);
    by_libpq.until("in_recovery");

    promote(standby);
    writes.end();
    by_libpq.end();
    EXPECT_FALSE(writes.why() || by_libpq.why());
    EXPECT_EQ(writes.states().back(), "ready");
}

TEST(WaitReady, prefers_the_primary_among_hosts_that_libpq_is_told_to_choose_from) {
    EphemeralServer standby;
    standby.stop();
    write_signal_file(standby, "standby.signal");
    standby.start();
    Address both = standby.address();
    both.hosts.emplace_back("127.0.0.1");
    both.ports.push_back(server().port());
    both.parameters["target_session_attrs"] = "read-write";
    Waiter waiter(both);
    waiter.end();
    EXPECT_FALSE(waiter.why());
    EXPECT_FALSE(waiter.facts().in_recovery);
}

TEST(WaitReady, waits_through_a_shutdown_and_a_new_start) {
    EphemeralServer mine;
    std::optional<Waiter> waiter;
    const auto play = [&]() -> Task<void> {
        Connection busy = co_await connect(mine.address());
        ::kill(mine.pid(), SIGTERM);  // smart: waits for the session
        const auto end = Deadline::after(5s);
        const Wants wants;
        while (!end.passed()) {
            const auto now = co_await attempt(mine.address(), wants, soon());
            if (now.state == Readiness::shutting_down) break;
        }
        waiter.emplace(mine.address());
        waiter->until("shutting_down");
    };
    run_task(play());
    waiter->until("connection_refused");
    mine.stop();
    mine.start();
    waiter->end();
    EXPECT_FALSE(waiter->why());
    EXPECT_EQ(waiter->states().back(), "ready");
}

TEST(WaitReady, waits_for_a_free_connection) {
    EphemeralServer small(Auth::trust, {"max_connections = 2", "superuser_reserved_connections = 0", "max_wal_senders = 0", "autovacuum = off"});
    std::optional<Waiter> waiter;
    const auto play = [&]() -> Task<void> {
        Connection one = co_await connect(small.address());
        Connection two = co_await connect(small.address());
        waiter.emplace(small.address());
        waiter->until("too_many_connections");
    };
    run_task(play());
    waiter->end();
    EXPECT_THAT(waiter->states(), ElementsAre("too_many_connections", "ready"));
}

TEST(WaitReady, waits_for_a_database_and_a_role_that_may_come) {
    Wants wants;
    wants.wait_for_database = wants.wait_for_role = true;
    Waiter waiter(server().address("later", "late"), wants);
    waiter.until("role_missing");
    const auto ask_for = [](std::string sql) {
        const auto play = [&sql]() -> Task<void> {
            Connection c = co_await connect(server().address());
            const auto done = co_await c.query(sql, soon());
            EXPECT_TRUE(done.has_value());
        };
        run_task(play());
    };
    ask_for("CREATE ROLE late LOGIN");
    waiter.until("database_missing");
    ask_for("CREATE DATABASE later");
    waiter.end();
    EXPECT_THAT(waiter.states(), ElementsAre("role_missing", "database_missing", "ready"));
    ask_for("DROP DATABASE later WITH (FORCE)");
    ask_for("DROP ROLE late");
}

TEST(WaitReady, leaves_the_init_server_for_the_real_one) {
    EphemeralServer init(Auth::trust, {"listen_addresses = ''"});
    Address address = init.address("app");
    address.hosts = {init.socket_dir()};
    Waiter waiter(address);
    waiter.until("init_server");
    const auto play = [&init]() -> Task<void> {
        Address own = init.address();
        own.hosts = {init.socket_dir()};
        Connection c = co_await connect(own);
        [[maybe_unused]] const auto made = co_await c.query("CREATE DATABASE app", soon());
    };
    run_task(play());
    init.stop();
    init.write_settings({"listen_addresses = '127.0.0.1'"});
    init.start();
    waiter.end();
    EXPECT_FALSE(waiter.why());
    EXPECT_EQ(waiter.states().back(), "ready");
    EXPECT_THAT(init.log(), HasSubstr("listening on IPv4"));
}

TEST(WaitReady, ends_at_once_where_it_is_hopeless) {
    Waiter waiter(server().address("nowhere"));
    waiter.end();
    EXPECT_THAT(waiter.states(), ElementsAre());  // that is the failure itself
    EXPECT_EQ(exit_status(*waiter.why()), 6);
    EXPECT_LT(waiter.took(), 1s);
}

TEST(WaitReady, says_at_its_deadline_what_was_seen_last_and_how_often_it_tried) {
    Faults faults;
    faults.accept = Faults::Accept::refuse;
    FaultProxy proxy("127.0.0.1", server().port(), faults);
    Wants wants;
    wants.sources = "the host is from PGHOST";
    Waiter waiter(through(proxy), wants, 300ms);
    waiter.end();
    ASSERT_TRUE(waiter.why());
    EXPECT_EQ(exit_status(*waiter.why()), 3);
    EXPECT_THAT(waiter.why()->message, HasSubstr("nobody listens there yet"));
    EXPECT_THAT(waiter.why()->detail, HasSubstr("times"));
    EXPECT_THAT(waiter.why()->detail, HasSubstr("the host is from PGHOST"));
    EXPECT_THAT(waiter.states(), ElementsAre("connection_refused"));
    EXPECT_LT(waiter.took(), 1s);
}

TEST(WaitReady, tries_anew_where_packets_are_swallowed) {
    Faults faults;
    faults.accept = Faults::Accept::swallow;
    FaultProxy proxy("127.0.0.1", server().port(), faults);
    Waiter waiter(through(proxy));
    waiter.until("timed_out");
    const Watch watch;
    proxy.set({});
    waiter.end();
    EXPECT_LT(watch.elapsed(), 4s);  // the attempt that had begun
    EXPECT_THAT(waiter.states(), ElementsAre("timed_out", "ready"));
}

TEST(WaitReady, ends_at_its_deadline_where_packets_are_swallowed) {
    Faults faults;
    faults.accept = Faults::Accept::swallow;
    FaultProxy proxy("127.0.0.1", server().port(), faults);
    Waiter waiter(through(proxy), {}, 500ms);
    waiter.end();
    EXPECT_LT(waiter.took(), 1200ms);
    EXPECT_THAT(waiter.why()->message, HasSubstr("packets are swallowed"));
}

TEST(WaitReady, ends_soon_after_its_deadline_whatever_message_the_server_stalls_after) {
    FaultProxy proxy("127.0.0.1", server().port());
    for (const std::uint64_t after : {0U, 1U, 10U, 17U}) {
        Faults faults;
        faults.stall = Faults::Point{Side::server, Unit::messages, after};
        proxy.set(faults);
        Waiter waiter(through(proxy), {}, 300ms);
        waiter.end();
        EXPECT_EQ(exit_status(*waiter.why()), 3) << after;
        EXPECT_LT(waiter.took(), 3s) << after;  // what cancelling may take
        EXPECT_THAT(waiter.states(), ElementsAre("timed_out")) << after;
    }
}

TEST(WaitReady, sees_a_listener_within_milliseconds) {
    Faults faults;
    faults.accept = Faults::Accept::refuse;
    FaultProxy proxy("127.0.0.1", server().port(), faults);
    Waiter waiter(through(proxy));
    waiter.until("connection_refused");
    std::this_thread::sleep_for(500ms);
    const Watch watch;
    proxy.set({});
    waiter.end();
    EXPECT_LT(watch.elapsed(), 300ms);
}

TEST(WaitReady, ends_at_a_stop) {
    Faults faults;
    faults.accept = Faults::Accept::refuse;
    FaultProxy proxy("127.0.0.1", server().port(), faults);
    Stop stop;
    const Watch watch;
    const auto play = [&]() -> Task<void> {
        std::vector<Task<void>> both;
        const auto wait = [&]() -> Task<void> {
            const OnState silent = [](Readiness, const Diagnostic&, SteadyClock::duration) {};
            const Wants wants;
            const auto stopped = co_await wait_ready(through(proxy), wants, silent, Deadline::never(&stop));
            EXPECT_EQ(stopped.error().error, Error::stopped);
            EXPECT_EQ(stopped.error().signal, 15);
        };
        const auto end = [&]() -> Task<void> {
            [[maybe_unused]] const auto slept = co_await sleep_for(100ms, Deadline::never());
            stop.request(15);
        };
        both.push_back(wait());
        both.push_back(end());
        co_await when_all(std::move(both));
    };
    run_task(play());
    EXPECT_LT(watch.elapsed(), 1s);
}

TEST(WaitAnswering, takes_a_missing_database_or_role_for_an_answer) {
    const OnState silent = [](Readiness, const Diagnostic&, SteadyClock::duration) {};
    EXPECT_TRUE(run_task(wait_answering(server().address("nowhere"), {}, silent, soon())).has_value());
    EXPECT_TRUE(run_task(wait_answering(server().address("postgres", "nobody"), {}, silent, soon())).has_value());
    EXPECT_TRUE(run_task(wait_answering(server().address(), {}, silent, soon())).has_value());
    Address closed = server().address();
    closed.ports = {1};
    EXPECT_EQ(run_task(wait_answering(closed, {}, silent, Deadline::after(100ms))).error().error, Error::not_ready);
}

}  // namespace
}  // namespace pgprimer::pg
