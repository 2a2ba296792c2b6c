// What each state of a server looks like to one attempt.
#include "pgprimer/pg/probe.hpp"

#include <gtest/gtest.h>

#include "server.hpp"

namespace pgprimer::pg {
namespace {

using namespace std::chrono_literals;
using Auth = EphemeralServer::Auth;

Attempt once(Address address, Wants wants = {}, Deadline deadline = soon()) {
    return run_task(attempt(std::move(address), std::move(wants), deadline));
}

std::string seen(const Attempt& attempt) { return to_string(attempt.state); }

Address by_socket(const EphemeralServer& of, const std::string& dbname = "postgres") {
    Address address = of.address(dbname);
    address.hosts = {of.socket_dir()};
    return address;
}

TEST(Attempt, finds_a_server_ready_and_tells_its_facts) {
    const auto play = []() -> Task<void> {
        const Wants wants;
        auto ready = co_await attempt(server().address(), wants, soon());
        EXPECT_EQ(seen(ready), "ready");
        auto& [c, facts] = *ready.probed;
        EXPECT_EQ(facts.version, c.server_version());
        EXPECT_FALSE(facts.in_recovery);
        EXPECT_FALSE(facts.pgbouncer);
        EXPECT_EQ(facts.postmaster_start, co_await ask(c, "SELECT (EXTRACT(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint"));
    };
    run_task(play());
}

TEST(Attempt, takes_the_least_of_round_trips) {
    FaultProxy proxy("127.0.0.1", server().port());
    Address address = through(proxy);
    address.parameters["sslmode"] = "disable";
    EXPECT_EQ(seen(once(address)), "ready");
    EXPECT_EQ(proxy.counts().connections, 1U);
    EXPECT_LE(proxy.counts().round_trips, 3U);  // startup, the query, the farewell
}

TEST(Attempt, sees_refused_connections_and_names_the_place) {
    Faults faults;
    faults.accept = Faults::Accept::refuse;
    FaultProxy proxy("127.0.0.1", server().port(), faults);
    const auto refused = once(through(proxy));
    EXPECT_EQ(seen(refused), "connection_refused");
    EXPECT_EQ(refused.why.error, Error::not_ready);
    EXPECT_THAT(refused.why.message + refused.why.detail, HasSubstr(std::to_string(proxy.port())));
}

TEST(Attempt, sees_a_socket_that_is_not_there) {
    Address address = server().address();
    address.hosts = {"/nowhere"};
    EXPECT_EQ(seen(once(address)), "connection_refused");
}

TEST(Attempt, sees_an_unknown_name) {
    Address address = server().address();
    address.hosts = {"no-such-host.invalid"};
    const auto unknown = once(address);
    EXPECT_EQ(seen(unknown), "name_unresolved");
    EXPECT_THAT(unknown.why.message, HasSubstr("no-such-host.invalid"));
}

TEST(Attempt, sees_swallowed_packets_at_its_own_deadline) {
    Faults faults;
    faults.accept = Faults::Accept::swallow;
    FaultProxy proxy("127.0.0.1", server().port(), faults);
    const Watch watch;
    EXPECT_EQ(seen(once(through(proxy), {}, Deadline::after(60s))), "timed_out");
    EXPECT_GE(watch.elapsed(), 2900ms);
    EXPECT_LT(watch.elapsed(), 4s);
}

TEST(Attempt, sees_a_connection_that_is_closed_before_an_answer) {
    Faults faults;
    faults.accept = Faults::Accept::close;
    FaultProxy proxy("127.0.0.1", server().port(), faults);
    EXPECT_EQ(seen(once(through(proxy))), "dropped");
    faults.accept = Faults::Accept::forward;
    for (std::uint64_t after = 0; after < 20; ++after) {
        faults.cut = Faults::Point{Side::server, Unit::messages, after};
        proxy.set(faults);
        const auto cut = once(through(proxy));
        EXPECT_TRUE(cut.state == Readiness::dropped || (after > 15 && cut.state == Readiness::ready)) << after << seen(cut) << to_text(cut.why);
    }
}

TEST(Attempt, takes_another_service_on_that_port_as_hopeless) {
    // A server that answers as nobody of PostgreSQL does: the proxy's own "no" to TLS, which was required.
    FaultProxy proxy("127.0.0.1", server().port());
    Address address = through(proxy);
    address.parameters["sslmode"] = "require";
    const auto no_tls = once(address);
    EXPECT_EQ(seen(no_tls), "refused");
    EXPECT_EQ(no_tls.why.error, Error::refused);
    EXPECT_THAT(no_tls.why.hint, HasSubstr("sslmode"));
}

TEST(Attempt, refuses_a_wrong_password_for_good_and_says_where_it_came_from) {
    EphemeralServer scram(Auth::scram);
    Address address = scram.address();
    EXPECT_EQ(seen(once(address)), "ready");
    address.password = Secret("wrong-word");
    Wants wants;
    wants.sources = "the user is from DATABASE_URL";
    auto refused = once(address, wants);
    EXPECT_EQ(seen(refused), "refused");
    EXPECT_EQ(exit_status(refused.why), 6);
    EXPECT_EQ(refused.why.sqlstate, "28P01");
    EXPECT_THAT(refused.why.detail, HasSubstr("the user is from DATABASE_URL"));
    EXPECT_THAT(refused.why.hint, HasSubstr("there is no role \"postgres\""));
    EXPECT_THAT(to_text(refused.why), Not(HasSubstr("wrong-word")));

    address.password = {};
    refused = once(address, wants);
    EXPECT_EQ(seen(refused), "refused");
    EXPECT_THAT(refused.why.hint, HasSubstr("none is configured"));

    // Under SCRAM a missing role looks the same.
    refused = once(scram.address("postgres", "nobody"), wants);
    EXPECT_EQ(exit_status(refused.why), 6);
    wants.wait_for_role = true;
    EXPECT_EQ(seen(once(scram.address("postgres", "nobody"), wants)), "role_missing");

    scram.write_hba("local all all trust\n");
    scram.reload();
    for (int i = 0; i < 100 && once(scram.address()).why.sqlstate != "28000"; ++i) run_task(sleep_for(10ms, Deadline::never()));
    refused = once(scram.address());
    EXPECT_EQ(refused.why.sqlstate, "28000");
    EXPECT_THAT(refused.why.hint, HasSubstr("pg_hba.conf does not let"));
}

TEST(Attempt, refuses_a_missing_role_unless_it_may_come) {
    const auto refused = once(server().address("postgres", "nobody"));
    EXPECT_EQ(exit_status(refused.why), 6);
    EXPECT_EQ(refused.why.sqlstate, "28000");
    EXPECT_THAT(refused.why.hint, HasSubstr("create role \"nobody\""));
    Wants wants;
    wants.wait_for_role = true;
    EXPECT_EQ(seen(once(server().address("postgres", "nobody"), wants)), "role_missing");
}

TEST(Attempt, refuses_a_missing_database_unless_it_may_come) {
    const auto refused = once(server().address("nowhere"));
    EXPECT_EQ(exit_status(refused.why), 6);
    EXPECT_EQ(refused.why.sqlstate, "3D000");
    EXPECT_THAT(refused.why.hint, HasSubstr("create database \"nowhere\""));
    Wants wants;
    wants.wait_for_database = true;
    EXPECT_EQ(seen(once(server().address("nowhere"), wants)), "database_missing");
}

TEST(Attempt, sees_a_database_that_lets_nobody_in) {
    const auto play = []() -> Task<void> {
        Connection c = co_await connect(server().address());
        [[maybe_unused]] const auto made = co_await c.query("CREATE DATABASE closed ALLOW_CONNECTIONS false", soon());
        [[maybe_unused]] const auto other = co_await c.query("CREATE DATABASE private", soon());
        [[maybe_unused]] const auto revoked = co_await c.query("CREATE ROLE guest LOGIN; REVOKE CONNECT ON DATABASE private FROM PUBLIC", soon());
    };
    run_task(play());
    const auto closed = once(server().address("closed"));
    EXPECT_EQ(closed.why.sqlstate, "55000");
    EXPECT_EQ(exit_status(closed.why), 6);
    const auto denied = once(server().address("private", "guest"));
    EXPECT_EQ(denied.why.sqlstate, "42501");
    EXPECT_EQ(exit_status(denied.why), 6);
}

TEST(Attempt, waits_where_no_connection_is_free) {
    EphemeralServer small(Auth::trust, {"max_connections = 2", "superuser_reserved_connections = 0", "max_wal_senders = 0", "autovacuum = off"});
    const auto play = [&small]() -> Task<void> {
        Connection one = co_await connect(small.address());
        Connection two = co_await connect(small.address());
        const Wants wants;
        const auto full = co_await attempt(small.address(), wants, soon());
        EXPECT_EQ(seen(full), "too_many_connections");
        EXPECT_EQ(full.why.sqlstate, "53300");
    };
    run_task(play());
}

TEST(Attempt, sees_the_images_init_server_on_its_socket) {
    EphemeralServer init(Auth::trust, {"listen_addresses = ''"});
    EXPECT_EQ(seen(once(init.address())), "connection_refused");
    EXPECT_EQ(seen(once(by_socket(init))), "init_server");
    EXPECT_EQ(seen(once(by_socket(init, "app"))), "init_server");  // which it has yet to make
    Wants wants;
    wants.socket_only = true;
    EXPECT_EQ(seen(once(by_socket(init), wants)), "ready");
    EXPECT_EQ(seen(once(by_socket(init, "app"), wants)), "refused");
}

TEST(Attempt, on_a_socket_of_a_server_that_listens_is_ready) {
    EXPECT_EQ(seen(once(by_socket(server()))), "ready");
    EXPECT_EQ(seen(once(by_socket(server(), "nowhere"))), "refused");
}

TEST(Attempt, ends_at_a_stop) {
    Stop stop;
    stop.request(15);
    const auto stopped = once(server().address(), {}, Deadline::never(&stop));
    EXPECT_EQ(stopped.why.error, Error::stopped);
    EXPECT_FALSE(stopped.probed.has_value());
}

}  // namespace
}  // namespace pgprimer::pg
