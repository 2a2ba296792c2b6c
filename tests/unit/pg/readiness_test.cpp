#include "../../../src/pg/readiness.hpp"

#include <gmock/gmock.h>

#include <set>

namespace pgprimer::pg {
namespace {

struct Case {
    const char* sqlstate;
    const char* message;
    Readiness plain;
    Readiness patient;  // with wait_for_role and wait_for_database
};

// "" as SQLSTATE: libpq's own words.
const std::vector<Case> cases{
    {"57P03", "the database system is starting up", Readiness::starting_up, Readiness::starting_up},
    {"57P03", "the database system is not yet accepting connections", Readiness::starting_up, Readiness::starting_up},
    {"57P03", "the database system is shutting down", Readiness::shutting_down, Readiness::shutting_down},
    {"57P01", "terminating connection due to administrator command", Readiness::shutting_down, Readiness::shutting_down},
    {"57P02", "terminating connection because of crash of another server process", Readiness::shutting_down, Readiness::shutting_down},
    {"53300", "sorry, too many clients already", Readiness::too_many, Readiness::too_many},
    {"53200", "out of memory", Readiness::dropped, Readiness::dropped},
    {"08006", "server closed the connection unexpectedly", Readiness::dropped, Readiness::dropped},
    {"08P01", "server login failed", Readiness::dropped, Readiness::dropped},
    {"3D000", "database \"x\" does not exist", Readiness::hopeless, Readiness::database_missing},
    {"28P01", "password authentication failed for user \"x\"", Readiness::hopeless, Readiness::role_missing},
    {"28000", "role \"x\" does not exist", Readiness::hopeless, Readiness::role_missing},
    {"28000", "no pg_hba.conf entry for host \"10.0.0.1\", user \"x\", database \"y\", no encryption", Readiness::hopeless, Readiness::role_missing},
    {"42501", "permission denied for database \"x\"", Readiness::hopeless, Readiness::role_missing},
    {"55000", "database \"x\" is not currently accepting connections", Readiness::hopeless, Readiness::hopeless},
    {"XX000", "anything", Readiness::hopeless, Readiness::hopeless},
    {"", "the name \"db\" does not resolve", Readiness::name_unresolved, Readiness::name_unresolved},
    {"", "could not translate host name \"db\" to address: Name or service not known", Readiness::name_unresolved, Readiness::name_unresolved},
    {"", "connection to server at \"127.0.0.1\", port 5432 failed: Connection refused", Readiness::refused_connection, Readiness::refused_connection},
    {"", "connection to server on socket \"/run/.s.PGSQL.5432\" failed: No such file or directory", Readiness::refused_connection,
     Readiness::refused_connection},
    {"", "connection to server at \"10.0.0.1\", port 5432 failed: No route to host", Readiness::refused_connection, Readiness::refused_connection},
    {"", "connection to server at \"10.0.0.1\", port 5432 failed: Network is unreachable", Readiness::refused_connection,
     Readiness::refused_connection},
    {"", "connection to server at \"10.0.0.1\", port 5432 failed: Connection timed out", Readiness::timed_out, Readiness::timed_out},
    {"", "connection to server at \"10.0.0.1\", port 5432 failed: server closed the connection unexpectedly", Readiness::dropped, Readiness::dropped},
    {"", "could not receive data from server: Connection reset by peer", Readiness::dropped, Readiness::dropped},
    {"", "SSL SYSCALL error: EOF detected", Readiness::dropped, Readiness::dropped},
    {"", "connection to server at \"10.0.0.1\", port 5432 failed: session is read-only", Readiness::in_recovery, Readiness::in_recovery},
    {"", "fe_sendauth: no password supplied", Readiness::hopeless, Readiness::role_missing},
    {"", "server does not support SSL, but SSL was required", Readiness::hopeless, Readiness::hopeless},
    {"", "SSL error: certificate verify failed", Readiness::hopeless, Readiness::hopeless},
    {"", "received invalid response to SSL negotiation: H", Readiness::hopeless, Readiness::hopeless},
    {"", "expected authentication request from server, but received H", Readiness::hopeless, Readiness::hopeless},
    {"", "invalid sslmode value: \"maybe\"", Readiness::hopeless, Readiness::hopeless},
    {"", "root certificate file \"/x/root.crt\" does not exist", Readiness::hopeless, Readiness::hopeless},
    {"", "words that nobody has foreseen", Readiness::dropped, Readiness::dropped},
};

TEST(ReadFailure, knows_what_is_worth_waiting_for) {
    Wants patient;
    patient.wait_for_database = patient.wait_for_role = true;
    for (const auto& one : cases) {
        Diagnostic why(Error::not_ready, one.message);
        why.sqlstate = one.sqlstate;
        EXPECT_STREQ(to_string(read_failure(why, {})), to_string(one.plain)) << one.sqlstate << " " << one.message;
        EXPECT_STREQ(to_string(read_failure(why, patient)), to_string(one.patient)) << one.sqlstate << " " << one.message;
    }
}

TEST(ReadFailure, takes_our_own_deadline_for_swallowed_packets) {
    EXPECT_EQ(read_failure(Diagnostic(Error::timeout, "no answer from db:5432 in time"), {}), Readiness::timed_out);
}

TEST(ReadFailure, waits_for_a_database_or_a_role_only_where_that_one_is_meant) {
    Wants database, role;
    database.wait_for_database = true;
    role.wait_for_role = true;
    Diagnostic no_database(Error::not_ready, ""), no_role(Error::not_ready, "");
    no_database.sqlstate = "3D000";
    no_role.sqlstate = "28P01";
    EXPECT_EQ(read_failure(no_database, role), Readiness::hopeless);
    EXPECT_EQ(read_failure(no_role, database), Readiness::hopeless);
}

constexpr auto first = Readiness::connecting, last = Readiness::hopeless;

TEST(Readiness, has_a_name_and_words_of_its_own_for_each_state) {
    std::set<std::string> names, texts;
    for (int i = static_cast<int>(first); i <= static_cast<int>(last); ++i) {
        names.insert(to_string(static_cast<Readiness>(i)));
        texts.insert(describe(static_cast<Readiness>(i)));
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(last) + 1);
    EXPECT_EQ(texts.size(), names.size());
}

TEST(PauseAfter, is_never_nothing_never_long_and_grows_with_the_wait) {
    for (int i = static_cast<int>(first); i <= static_cast<int>(last); ++i) {
        const auto state = static_cast<Readiness>(i);
        SteadyClock::duration before{};
        for (const auto waited : {0ms, 100ms, 1000ms, 10'000ms, 100'000ms, 1'000'000ms}) {
            const auto pause = pause_after(state, waited);
            EXPECT_GE(pause, 1ms) << to_string(state);
            EXPECT_LE(pause, 200ms) << to_string(state);
            EXPECT_GE(pause, before) << to_string(state);
            before = pause;
        }
    }
}

TEST(PauseAfter, sees_a_server_that_begins_to_listen_or_to_accept_within_milliseconds) {
    EXPECT_LE(pause_after(Readiness::refused_connection, 60s), 30ms);
    EXPECT_LE(pause_after(Readiness::refused_connection, 9s), 10ms);
    EXPECT_LE(pause_after(Readiness::refused_connection, 500ms), 2ms);
    EXPECT_LE(pause_after(Readiness::starting_up, 1s), 2ms);
}

}  // namespace
}  // namespace pgprimer::pg
