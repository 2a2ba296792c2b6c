#include <gtest/gtest.h>

#include "server.hpp"

namespace pgprimer::ledger {
namespace {

const Run run{"r-1", 1, "host", "1.0"};
const Run passed{"r-0", 0, "host", "1.0"};
constexpr const char* taken_over = "PGP01 another run of pgprimer has taken over";

// Plays on a session with a ledger of its own.
void with_ledger(const char* schema, std::function<Task<void>(pg::Connection&, const Identity&)> play) {
    const auto all = [&]() -> Task<void> {
        const Identity identity{schema, "p"};
        pg::Connection c = co_await connect();
        co_await make_ledger(c, identity);
        co_await play(c, identity);
    };
    run_task(all());
}

TEST(Claim, WritesARowOnceAndReplacesWhatItExpects) {
    with_ledger("claim1", [](pg::Connection& c, const Identity& identity) -> Task<void> {
        auto record = a_record();
        EXPECT_EQ(co_await ask(c, claim_sql(identity, run, record, expects_nothing())), "");
        EXPECT_EQ(co_await units(c, identity), "a.sql done c1 0");
        const auto again = co_await ask(c, claim_sql(identity, run, record, expects_nothing()));
        EXPECT_EQ(again, "23505 duplicate key value violates unique constraint \"unit_pkey\"");
        auto changed = record;
        changed.checksum = "c2";
        EXPECT_EQ(co_await ask(c, claim_sql(identity, run, changed, expects(record))), "");
        EXPECT_EQ(co_await units(c, identity), "a.sql done c2 0");
        const auto stale = co_await ask(c, claim_sql(identity, run, changed, expects(record)));
        EXPECT_EQ(stale, "PGP02 the ledger's row of this unit has changed meanwhile");
        auto absent = a_record("b.sql");
        const auto not_there = co_await ask(c, claim_sql(identity, run, absent, expects(absent)));
        EXPECT_EQ(not_there, "PGP02 the ledger's row of this unit has changed meanwhile");
        EXPECT_EQ(co_await ask(c, claim_sql(identity, run, absent, expects_anything())), "");
        record.checksum = "c3";
        EXPECT_EQ(co_await ask(c, claim_sql(identity, run, record, expects_anything())), "");
        EXPECT_EQ(co_await units(c, identity), "a.sql done c3 0, b.sql done c1 0");
    });
}

TEST(Claim, OfAPassedEpochWritesNothing) {
    with_ledger("claim2", [](pg::Connection& c, const Identity& identity) -> Task<void> {
        const auto record = a_record();
        EXPECT_EQ(co_await ask(c, claim_sql(identity, passed, record, expects_nothing())), taken_over);
        EXPECT_EQ(co_await ask(c, claim_sql(identity, passed, record, expects_anything())), taken_over);
        EXPECT_EQ(co_await ask(c, enter_sql(identity, passed)), taken_over);
        EXPECT_EQ(co_await ask(c, guard_sql(identity, passed)), taken_over);
        EXPECT_EQ(co_await ask(c, progress_sql(identity, passed, record)), taken_over);
        const Final nothing;
        EXPECT_EQ(co_await ask(c, final_sql(identity, passed, nothing)), taken_over);
        co_await ask(c, "ROLLBACK");
        const Identity nobody{identity.schema, "none"};
        EXPECT_EQ(co_await ask(c, enter_sql(nobody, run)), taken_over);
        EXPECT_EQ(co_await units(c, identity), "");
        EXPECT_EQ(co_await ask(c, "SELECT count(*) FROM claim2.primed"), "0");
        EXPECT_EQ(co_await ask(c, enter_sql(identity, run)), "");
    });
}

TEST(Claim, WhoeverHoldsTheWorkKeyAloneKeepsWorkOut) {
    with_ledger("claim3", [](pg::Connection& c, const Identity& identity) -> Task<void> {
        pg::Connection other = co_await connect();
        const std::string key = std::to_string(work_key(identity));
        EXPECT_EQ(co_await ask(other, "SELECT pg_try_advisory_lock(" + key + ")"), "t");
        const auto record = a_record();
        EXPECT_EQ(co_await ask(c, claim_sql(identity, run, record, expects_nothing())), taken_over);
        EXPECT_EQ(co_await ask(c, hold_sql(identity)), "f");
        EXPECT_EQ(co_await ask(other, "SELECT pg_advisory_unlock(" + key + ")"), "t");
        EXPECT_EQ(co_await ask(c, hold_sql(identity)), "t");
        EXPECT_EQ(co_await ask(other, "SELECT pg_try_advisory_lock(" + key + ")"), "f");
        EXPECT_EQ(co_await ask(c, let_go_sql(identity)), "t");
        // A claim's transaction holds it, shared, to its end.
        co_await ask(c, "BEGIN; " + claim_sql(identity, run, record, expects_nothing()));
        EXPECT_EQ(co_await ask(other, "SELECT pg_try_advisory_lock(" + key + ")"), "f");
        EXPECT_EQ(co_await ask(other, hold_sql(identity)), "t");
        EXPECT_EQ(co_await ask(other, let_go_sql(identity)), "t");
        co_await ask(c, "ROLLBACK");
        EXPECT_EQ(co_await ask(other, "SELECT pg_try_advisory_lock(" + key + ")"), "t");
        EXPECT_EQ(co_await units(other, identity), "");
    });
}

TEST(Claim, ASecondStarterWaitsForTheFirstsEnd) {
    with_ledger("claim4", [](pg::Connection& c, const Identity& identity) -> Task<void> {
        for (const bool commits : {true, false}) {
            pg::Connection second = co_await connect();
            const auto record = a_record(commits ? "a" : "b");
            co_await ask(c, "BEGIN; " + claim_sql(identity, run, record, expects_nothing()));
            EXPECT_TRUE(second.send(claim_sql(identity, run, record, expects_nothing())));
            const auto waiting = co_await second.next_result(Deadline::after(std::chrono::milliseconds{150}));
            EXPECT_EQ(waiting.error().error, Error::timeout);  // and cancelled
            EXPECT_TRUE(second.send(claim_sql(identity, run, record, expects_nothing())));
            co_await ask(c, commits ? "COMMIT" : "ROLLBACK");
            const auto reply = co_await second.next_result(soon());
            EXPECT_TRUE(reply);
            EXPECT_EQ(reply->error.sqlstate, commits ? "23505" : "");
        }
        EXPECT_EQ(co_await units(c, identity), "a done c1 0, b done c1 0");
    });
}

// What a script may have done to its session.
TEST(Progress, IsWrittenWhateverTheSessionsRoleIs) {
    with_ledger("progress1", [](pg::Connection& c, const Identity& identity) -> Task<void> {
        co_await ask(c, "CREATE ROLE weak");
        co_await ask(c, "CREATE ROLE weaker");
        co_await ask(c, "GRANT weaker TO weak");
        const struct {
            const char* unit;
            const char* before;
            const char* role;
            const char* user;
        } cases[] = {
            {"plain", "SELECT", "none", "postgres"},
            {"role", "SET ROLE weak", "weak", "postgres"},
            {"session authorization", "SET SESSION AUTHORIZATION weak", "none", "weak"},
            {"both", "SET SESSION AUTHORIZATION weak; SET ROLE weaker", "weaker", "weak"},
            {"read-only default", "SET default_transaction_read_only = on", "none", "postgres"},
            {"search path", "SET search_path = ''", "none", "postgres"},
        };
        std::string all;
        for (const auto& one : cases) {
            co_await ask(c, one.before);
            auto record = a_record(one.unit);
            record.state = plan::State::partial;
            for (const int statement : {1, 2}) {
                record.statement = statement;
                co_await ask(c, "BEGIN READ WRITE");
                EXPECT_EQ(co_await ask(c, guard_sql(identity, run)), "") << one.unit;
                EXPECT_EQ(co_await ask(c, progress_sql(identity, run, record)), "") << one.unit;
                EXPECT_EQ(co_await ask(c, "SELECT current_setting('role')"), one.role) << one.unit;
                EXPECT_EQ(co_await ask(c, "SELECT session_user"), one.user) << one.unit;
                co_await ask(c, "COMMIT");
                EXPECT_EQ(co_await ask(c, "SELECT current_setting('role')"), one.role) << one.unit;
                EXPECT_EQ(co_await ask(c, "SELECT session_user"), one.user) << one.unit;
            }
            co_await ask(c, "SET SESSION AUTHORIZATION DEFAULT; RESET ALL; RESET ROLE");
            EXPECT_EQ(co_await ask(c, std::string("SELECT state || statement || applied_by FROM progress1.unit WHERE unit = '") + one.unit + "'"),
                      "partial2postgres");
        }
    });
}

TEST(Progress, OfAReadOnlyTransactionWritesNothingAndDoesNotFail) {
    with_ledger("progress2", [](pg::Connection& c, const Identity& identity) -> Task<void> {
        const auto record = a_record();
        co_await ask(c, "BEGIN READ ONLY");
        EXPECT_EQ(co_await ask(c, guard_sql(identity, run)), "");
        EXPECT_EQ(co_await ask(c, progress_sql(identity, run, record)), "");
        EXPECT_EQ(co_await ask(c, "COMMIT"), "");
        EXPECT_EQ(co_await units(c, identity), "");
    });
}

TEST(Final, IsDurableThoughTheSessionsCommitsAreNot) {
    const Identity identity{"final1", "p"};
    test::EphemeralServer own(test::EphemeralServer::Auth::trust, {"wal_writer_delay = 10s", "synchronous_commit = off"});
    const auto before = [&]() -> Task<void> {
        pg::Connection c = co_await connect(own.address());
        co_await make_ledger(c, identity);
        const auto record = a_record();
        co_await ask(c, claim_sql(identity, run, record, expects_nothing()));
        co_await ask(c, "CREATE TABLE effect (a int); INSERT INTO effect VALUES (1)");
        const std::string written = co_await ask(c, "SELECT pg_current_wal_insert_lsn()");
        EXPECT_EQ(co_await ask(c, "SELECT pg_current_wal_flush_lsn() >= '" + written + "'"), "f") << "nothing is asynchronous here";
        Final final;
        final.plan_id = "plan";
        EXPECT_EQ(co_await ask(c, final_sql(identity, run, final)), "");
        EXPECT_EQ(co_await ask(c, "SELECT pg_current_wal_flush_lsn() >= '" + written + "'"), "t");
        EXPECT_EQ(co_await ask(c, "SHOW synchronous_commit"), "off");
    };
    run_task(before());
    own.restart("immediate");
    const auto after = [&]() -> Task<void> {
        pg::Connection c = co_await connect(own.address());
        const auto s = co_await read(c, identity, Units::records, soon());
        EXPECT_TRUE(s && s->primed && s->records("step").size() == 1);
        EXPECT_EQ(co_await ask(c, "SELECT count(*) FROM effect"), "1");
    };
    run_task(after());
}

TEST(Final, NotifiesWithItsCommitAndReplacesItself) {
    with_ledger("final2", [](pg::Connection& c, const Identity& identity) -> Task<void> {
        pg::Connection listener = co_await connect();
        co_await ask(listener, "LISTEN \"a channel\"");
        Final final;
        final.plan_id = "plan \"x\"";
        final.notify_channel = "a channel";
        co_await ask(c, final_sql(identity, passed, final));
        co_await ask(c, "ROLLBACK");
        EXPECT_EQ(co_await ask(c, final_sql(identity, run, final)), "");
        const auto heard = co_await listener.notification(soon());
        EXPECT_EQ(heard->channel, "a channel");
        EXPECT_EQ(heard->payload, R"({"project":"p","plan":"plan \"x\"","run":"r-1"})");
        ledger::Run later = run;
        later.id = "r-2";
        EXPECT_EQ(co_await ask(c, final_sql(identity, later, final)), "");
        EXPECT_EQ(co_await ask(c, "SELECT string_agg(run, ',') FROM final2.primed"), "r-2");
    });
}

}  // namespace
}  // namespace pgprimer::ledger
