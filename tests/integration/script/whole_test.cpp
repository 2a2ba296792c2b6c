#include <gtest/gtest.h>

#include "stage.hpp"

namespace pgprimer::script {
namespace {

const std::string copy = "COPY t FROM stdin;\n10\n11\n\\.\n";  // which is not sent ahead

TEST(Whole, RowAndEffectCommitTogether) {
    for (const bool ahead : {true, false}) {
        Stage stage("CREATE TABLE t (a int);\nINSERT INTO t VALUES (1), (2);\n" + (ahead ? "" : copy) + "UPDATE t SET a = a + 1;\n");
        const auto unit = stage.unit(Mode::whole);
        EXPECT_EQ(unit.survey.pipelines, ahead);
        EXPECT_EQ(told(stage.played(unit)), ahead ? "done 3" : "done 4");
        EXPECT_EQ(stage.row(), "1");
        EXPECT_EQ(stage.asked("SELECT a FROM t ORDER BY a"), ahead ? "2,3" : "2,3,11,12");
    }
}

TEST(Whole, AFailureLeavesNeitherAndHasItsPlace) {
    for (const bool ahead : {true, false}) {
        Stage stage("CREATE TABLE t (a int);\n" + (ahead ? "" : copy) + "\n  INSERT INTO t\n    VALUES (nothing);\nSELECT 1;\n");
        const auto played = stage.played(Mode::whole);
        const int line = ahead ? 4 : 8;
        EXPECT_EQ(told(played), "a.sql:" + std::to_string(line) + ":13 42703 column \"nothing\" does not exist");
        EXPECT_EQ(played.error().line_text, "    VALUES (nothing);");
        EXPECT_EQ(played.error().step, "Step");
        EXPECT_EQ(played.error().error, Error::failed);
        EXPECT_EQ(stage.row(), "0");
        EXPECT_EQ(stage.asked("SELECT to_regclass('t') IS NULL"), "t");
    }
}

TEST(Whole, AnotherRunsRowStopsItBeforeTheBody) {
    for (const bool ahead : {true, false}) {
        Stage stage("CREATE TABLE t (a int);\n" + (ahead ? "" : copy));
        stage.asked("INSERT INTO led VALUES ('a.sql')");
        EXPECT_EQ(told(stage.played(Mode::whole)), " 23505 duplicate key value violates unique constraint \"led_pkey\"");
        EXPECT_EQ(stage.asked("SELECT to_regclass('t') IS NULL"), "t");
    }
}

TEST(Whole, AFailureOfTheCommitSaysSo) {
    for (const bool ahead : {true, false}) {
        Stage stage("CREATE TABLE t (a int PRIMARY KEY, b int REFERENCES t DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO t VALUES (1, 9);\n" +
                    std::string(ahead ? "" : "COPY t FROM stdin;\n2\t1\n\\.\n"));
        const auto played = stage.played(Mode::whole);
        EXPECT_EQ(told(played), "a.sql 23503 insert or update on table \"t\" violates foreign key constraint \"t_b_fkey\"");
        EXPECT_THAT(played.error().detail, HasSubstr("raised at the end of the script, by COMMIT"));
        EXPECT_EQ(stage.row(), "0");
    }
}

TEST(Whole, ItsOwnBeginAndCommitGiveWayToOurs) {
    Stage stage("BEGIN ISOLATION LEVEL SERIALIZABLE;\nCREATE TABLE t AS SELECT current_setting('transaction_isolation') a;\nCOMMIT;\n");
    EXPECT_EQ(told(stage.played(Mode::whole)), "done 1");
    EXPECT_EQ(stage.row() + stage.asked("SELECT a FROM t"), "1serializable");
    EXPECT_THAT(stage.heard.lines, IsEmpty());
}

TEST(Whole, TheRowComesLastWhereTheBodySetsTheTransaction) {
    Stage stage(
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;\nCREATE TABLE t AS SELECT current_setting('transaction_isolation') a;\nCREATE ROLE weak1;\nSET ROLE weak1;\n");
    EXPECT_EQ(told(stage.played(Mode::whole)), "done 4");
    EXPECT_EQ(stage.row() + stage.asked("SELECT a FROM t"), "1repeatable read");
}

TEST(Whole, TheRowIsWrittenThoughTheBodyGivesItsRightsAway) {
    Stage stage("CREATE ROLE weak2;\nSET ROLE weak2;\nSET default_transaction_read_only = on;\n");
    EXPECT_EQ(told(stage.played(Mode::whole)), "done 3");
    EXPECT_EQ(stage.row(), "1");
}

TEST(Whole, RunsItsBodyAsTheUnitsRole) {
    for (const bool ahead : {true, false}) {
        Stage stage("CREATE TABLE t (a int);\n" + (ahead ? "" : copy));
        stage.asked("CREATE ROLE \"the owner" + std::to_string(ahead) + "\"");
        stage.asked("GRANT ALL ON SCHEMA public TO PUBLIC");
        auto unit = stage.unit(Mode::whole);
        unit.role = "the owner" + std::to_string(ahead);
        EXPECT_THAT(told(stage.played(unit)), ::testing::StartsWith("done"));
        EXPECT_EQ(stage.asked("SELECT tableowner FROM pg_tables WHERE tablename = 't'"), unit.role);
        EXPECT_EQ(stage.row(), "1");
    }
}

TEST(Whole, WhatOnlyAutocommitAllowsIsToldByItsSqlstate) {
    const struct {
        const char* script;
        const char* sqlstate;
    } cases[] = {
        {"ALTER TYPE old ADD VALUE 'b';\nSELECT 'b'::old;\n", "55P04"},
        {"VACUUM led;\n", "25001"},
        {"CREATE INDEX CONCURRENTLY i ON led (unit);\n", "25001"},
        {"DO $$BEGIN COMMIT; END$$;\n", "2D000"},
    };
    for (const auto& c : cases) {
        Stage stage(c.script);
        stage.asked("CREATE TYPE old AS ENUM ('a')");
        auto unit = stage.unit(Mode::whole);
        for (const bool ahead : {true, false}) {
            unit.survey.pipelines = ahead;
            const auto played = stage.played(unit);
            ASSERT_FALSE(played) << c.script;
            EXPECT_EQ(played.error().sqlstate, c.sqlstate) << c.script;
            EXPECT_TRUE(may_go_stepwise(unit, played.error()));
            EXPECT_GT(played.error().place.line, 0) << c.script;
            EXPECT_EQ(stage.row(), "0") << c.script;
        }
    }
}

TEST(Whole, SentAheadItTakesAConstantNumberOfRoundTrips) {
    std::string script = "CREATE TABLE t (a int);\n";
    for (int i = 0; i < 300; ++i) script += "INSERT INTO t VALUES (" + std::to_string(i) + ");\n";
    Stage stage(script);
    EXPECT_EQ(told(stage.played(Mode::whole)), "done 301");
    EXPECT_LE(stage.round_trips, 6U);
    EXPECT_EQ(stage.asked("SELECT count(*) FROM t"), "300");
}

TEST(Whole, MoreThanAWindowGoesOneByOne) {
    std::string script = "CREATE TABLE t (a int);\n";
    for (int i = 0; i < 2500; ++i) script += "INSERT INTO t VALUES (" + std::to_string(i) + ");\n";
    Stage stage(script);
    EXPECT_EQ(told(stage.played(Mode::whole)), "done 2501");
    EXPECT_EQ(stage.row() + " " + stage.asked("SELECT count(*) FROM t"), "1 2500");
}

TEST(Whole, NoticesHaveTheirPlaces) {
    for (const bool ahead : {true, false}) {
        Stage stage("CREATE TABLE t (a int);\n" + (ahead ? "\n\n\n\n" : copy) + "\nCREATE TABLE IF NOT EXISTS t (a int);\n");
        EXPECT_TRUE(stage.played(Mode::whole));
        EXPECT_THAT(stage.heard.lines, ElementsAre("a.sql:7:1 NOTICE relation \"t\" already exists, skipping"));
    }
}

TEST(Whole, AStopOrADeadlineRollsBack) {
    for (const bool by_deadline : {true, false}) {
        Stage stage("CREATE TABLE t (a int);\nSELECT pg_sleep(30);\n");
        const auto unit = stage.unit(Mode::whole);
        const auto all = [&]() -> Task<void> {
            Stop stop;
            pg::Connection c = co_await connect(stage.address);
            const auto run = [&]() -> Task<void> {
                const auto until = by_deadline ? Deadline::after(std::chrono::milliseconds{200}) : Deadline::never(&stop);
                const auto played = co_await play(unit, c, stage.world, until);
                EXPECT_FALSE(played);
                EXPECT_EQ(played.error().error, by_deadline ? Error::timeout : Error::stopped);
            };
            const auto halt = [&]() -> Task<void> {
                co_await sleep_for(std::chrono::milliseconds{200}, soon());
                stop.request(15);
            };
            std::vector<Task<void>> both;
            both.push_back(run());
            both.push_back(halt());
            co_await when_all(std::move(both));
            if (c.alive()) { EXPECT_EQ(c.transaction_state(), pg::TransactionState::idle); }
        };
        test::run_task(all());
        EXPECT_EQ(stage.row() + stage.asked("SELECT to_regclass('t') IS NULL"), "0t");
    }
}

}  // namespace
}  // namespace pgprimer::script
