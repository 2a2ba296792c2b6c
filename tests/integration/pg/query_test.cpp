#include <gtest/gtest.h>

#include "server.hpp"

namespace pgprimer::pg {
namespace {

using namespace std::chrono_literals;

// Runs `play` on a session of the shared server.
void on_session(std::function<Task<void>(Connection&)> play) {
    const auto all = [&play]() -> Task<void> {
        Connection connection = co_await connect(server().address());
        co_await play(connection);
    };
    run_task(all());
}

TEST(Query, gives_the_last_statements_rows_with_names_types_and_nulls) {
    on_session([](Connection& c) -> Task<void> {
        const auto rows = (co_await c.query("SELECT 1; SELECT 2 AS a, NULL::text AS b, 'x'::name AS c", soon())).value();
        EXPECT_EQ(rows.size(), 1);
        EXPECT_EQ(rows.columns(), 3);
        EXPECT_EQ(rows.at(0, 0), "2");
        EXPECT_TRUE(rows.is_null(0, 1));
        EXPECT_EQ(rows.at(0, 1), "");
        EXPECT_FALSE(rows.is_null(0, 2));
        EXPECT_EQ(rows.column_name(1), "b");
        EXPECT_EQ(rows.column_type(0), 23U);
        EXPECT_EQ(rows.column_name(7), "");
        EXPECT_EQ(rows.at(5, 0), "");
        EXPECT_EQ(rows.at(0, 9), "");
        EXPECT_EQ(rows.command_tag(), "SELECT 1");
    });
}

TEST(Query, an_error_of_another_connection_is_no_loss_of_this_one) {
    on_session([](Connection& c) -> Task<void> {
        for (const char* state : {"08006", "08001", "57P01"}) {
            const std::string sql = std::string("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '") + state + "'; END $$";
            const auto failed = co_await c.query(sql, soon());
            EXPECT_EQ(failed.error().sqlstate, state);
            EXPECT_EQ(failed.error().error, Error::failed) << state;
        }
        EXPECT_EQ((co_await c.query("SELECT 1", soon())).value().at(0, 0), "1");
    });
}

TEST(Query, gives_command_tags_and_takes_an_empty_statement) {
    on_session([](Connection& c) -> Task<void> {
        EXPECT_EQ((co_await c.query("CREATE TEMP TABLE t (a int)", soon())).value().command_tag(), "CREATE TABLE");
        EXPECT_EQ((co_await c.query("INSERT INTO t VALUES (1), (2)", soon())).value().command_tag(), "INSERT 0 2");
        EXPECT_EQ((co_await c.query("", soon())).value().size(), 0);
        EXPECT_EQ((co_await c.query("-- nothing", soon())).value().columns(), 0);
    });
}

TEST(Query, tells_all_fields_of_an_error_and_the_session_lives_on) {
    on_session([](Connection& c) -> Task<void> {
        const auto failed = co_await c.query("SELECT 1;\nSELECT nothing FROM nowhere", soon());
        EXPECT_TRUE(failed.has_error());
        EXPECT_EQ(failed.error().error, Error::failed);
        EXPECT_EQ(failed.error().sqlstate, "42P01");
        EXPECT_EQ(failed.error().message, "relation \"nowhere\" does not exist");
        EXPECT_EQ(failed.error().server_position, 31);

        const auto raised =
            co_await c.query("DO $$BEGIN RAISE EXCEPTION 'what' USING DETAIL = 'why', HINT = 'how', ERRCODE = 'PP123'; END$$", soon());
        EXPECT_EQ(raised.error().sqlstate, "PP123");
        EXPECT_EQ(raised.error().message, "what");
        EXPECT_EQ(raised.error().detail, "why");
        EXPECT_EQ(raised.error().hint, "how");
        EXPECT_THAT(raised.error().context, HasSubstr("PL/pgSQL function inline_code_block line 1"));

        const auto inner = co_await c.query("DO $$BEGIN EXECUTE 'SELECT 1 )'; END$$", soon());
        EXPECT_EQ(inner.error().sqlstate, "42601");
        EXPECT_EQ(inner.error().internal_query, "SELECT 1 )");
        EXPECT_EQ(inner.error().server_position, 10);

        EXPECT_EQ(co_await ask(c, "SELECT 3"), "3");
        EXPECT_TRUE(c.alive());
    });
}

TEST(Query, keeps_the_first_error_of_several_statements) {
    on_session([](Connection& c) -> Task<void> {
        const auto failed = co_await c.query("SELECT 1/0; SELECT 2", soon());
        EXPECT_EQ(failed.error().sqlstate, "22012");
    });
}

TEST(Query, takes_parameters_also_null_empty_and_large) {
    on_session([](Connection& c) -> Task<void> {
        const std::string large(3'000'000, 'x');
        Parameters parameters{"it's", std::nullopt, "", large};
        const auto rows = (co_await c.query("SELECT $1::text, $2::text IS NULL, $3::text = '', length($4::text)", parameters, soon())).value();
        EXPECT_EQ(rows.at(0, 0), "it's");
        EXPECT_EQ(rows.at(0, 1), "t");
        EXPECT_EQ(rows.at(0, 2), "t");
        EXPECT_EQ(rows.at(0, 3), "3000000");
        Parameters wrong{"abc"};
        EXPECT_EQ((co_await c.query("SELECT $1::int", wrong, soon())).error().sqlstate, "22P02");
    });
}

TEST(Query, refuses_a_nul_byte_instead_of_cutting_the_text_there) {
    on_session([](Connection& c) -> Task<void> {
        using namespace std::string_literals;
        const auto plain = co_await c.query("SELECT 1\0; DROP"s, soon());
        EXPECT_THAT(plain.error().message, HasSubstr("NUL"));
        Parameters none;
        EXPECT_THAT((co_await c.query("SELECT 1\0x"s, none, soon())).error().message, HasSubstr("NUL"));
        Parameters with_nul{"a\0b"s};
        EXPECT_THAT((co_await c.query("SELECT $1::text", with_nul, soon())).error().message, HasSubstr("NUL"));
        EXPECT_EQ(co_await ask(c, "SELECT 3"), "3");
        EXPECT_TRUE(c.enter_pipeline().has_value());
        EXPECT_THAT(c.push("SELECT $1::text", with_nul).error().message, HasSubstr("NUL"));
        EXPECT_TRUE(c.alive());
    });
}

TEST(Query, treats_copy_as_an_error_and_the_session_lives_on) {
    on_session([](Connection& c) -> Task<void> {
        EXPECT_EQ((co_await c.query("CREATE TEMP TABLE t (a int); COPY t FROM STDIN", soon())).error().sqlstate, "57014");
        EXPECT_THAT((co_await c.query("COPY (SELECT generate_series(1, 10)) TO STDOUT", soon())).error().message, HasSubstr("not expected here"));
        EXPECT_EQ(co_await ask(c, "SELECT 3"), "3");
    });
}

TEST(Query, hands_notices_over_with_their_fields) {
    on_session([](Connection& c) -> Task<void> {
        std::vector<Notice> notices;
        c.on_notice([&notices](const Notice& notice) { notices.push_back(notice); });
        [[maybe_unused]] const auto done = co_await c.query(
            "DO $$BEGIN RAISE NOTICE 'one'; RAISE WARNING 'two' USING DETAIL = 'd', HINT = 'h', ERRCODE = '01234'; END$$; DROP TABLE IF EXISTS nowhere",
            soon());
        EXPECT_EQ(notices.size(), 3U);
        if (notices.size() != 3) co_return;
        EXPECT_EQ(notices[0].severity, "NOTICE");
        EXPECT_EQ(notices[0].message, "one");
        EXPECT_EQ(notices[1].severity, "WARNING");
        EXPECT_EQ(notices[1].sqlstate, "01234");
        EXPECT_EQ(notices[1].detail, "d");
        EXPECT_EQ(notices[1].hint, "h");
        EXPECT_THAT(notices[1].context, HasSubstr("inline_code_block"));
        EXPECT_EQ(notices[2].message, "table \"nowhere\" does not exist, skipping");
    });
}

TEST(Query, hands_notices_over_after_the_connection_was_moved) {
    on_session([](Connection& c) -> Task<void> {
        int notices = 0;
        Connection moved = std::move(c);
        moved.on_notice([&notices](const Notice&) { ++notices; });
        [[maybe_unused]] const auto done = co_await moved.query("DROP TABLE IF EXISTS nowhere", soon());
        EXPECT_EQ(notices, 1);
    });
}

TEST(Query, knows_the_session) {
    on_session([](Connection& c) -> Task<void> {
        EXPECT_EQ(std::to_string(c.backend_pid()), co_await ask(c, "SELECT pg_backend_pid()"));
        EXPECT_EQ(std::to_string(c.server_version()), co_await ask(c, "SHOW server_version_num"));
        EXPECT_EQ(c.parameter("client_encoding"), "UTF8");
        EXPECT_EQ(c.parameter("nothing"), "");
        EXPECT_EQ(co_await ask(c, "SHOW application_name"), "pgprimer");
        EXPECT_EQ(c.transaction_state(), TransactionState::idle);
        [[maybe_unused]] const auto begun = co_await c.query("BEGIN", soon());
        EXPECT_EQ(c.transaction_state(), TransactionState::in_transaction);
        [[maybe_unused]] const auto failed = co_await c.query("x", soon());
        EXPECT_EQ(c.transaction_state(), TransactionState::failed);
        EXPECT_EQ(c.address().dbname, "postgres");
    });
}

TEST(Query, makes_one_round_trip_a_query) {
    FaultProxy proxy("127.0.0.1", server().port());
    const auto play = [&proxy]() -> Task<void> {
        Connection c = co_await connect(through(proxy));
        proxy.reset_counts();
        const auto before = c.round_trips();
        for (int i = 0; i < 3; ++i) co_await ask(c, "SELECT 1");
        Parameters one{"1"};
        [[maybe_unused]] const auto rows = co_await c.query("SELECT $1::int", one, soon());
        EXPECT_EQ(proxy.counts().round_trips, 4U);
        EXPECT_EQ(c.round_trips() - before, 4U);
    };
    run_task(play());
}

TEST(Query, receives_a_notification_and_times_out_without_one) {
    on_session([](Connection& c) -> Task<void> {
        [[maybe_unused]] const auto listens = co_await c.query("LISTEN a", soon());
        EXPECT_EQ((co_await c.notification(Deadline::after(50ms))).error().error, Error::timeout);
        Connection other = co_await connect(server().address());
        [[maybe_unused]] const auto sent = co_await other.query("NOTIFY a, 'word'; NOTIFY a", soon());
        const auto first = (co_await c.notification(soon())).value();
        EXPECT_EQ(first.channel, "a");
        EXPECT_EQ(first.payload, "word");
        EXPECT_EQ(first.pid, other.backend_pid());
        EXPECT_EQ((co_await c.notification(soon())).value().payload, "");
    });
}

TEST(Query, makes_a_verifier_that_the_server_takes) {
    on_session([](Connection& c) -> Task<void> {
        const Secret verifier = c.encrypt_password("somebody", Secret("word")).value();
        EXPECT_TRUE(verifier.reveal().starts_with("SCRAM-SHA-256$"));
        [[maybe_unused]] const auto begun = co_await c.query("BEGIN; CREATE ROLE somebody PASSWORD '" + verifier.reveal() + "'", soon());
        EXPECT_EQ(co_await ask(c, "SELECT rolpassword FROM pg_authid WHERE rolname = 'somebody'"), verifier.reveal());
    });
}

}  // namespace
}  // namespace pgprimer::pg
