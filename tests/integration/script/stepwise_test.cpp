#include <gtest/gtest.h>

#include "stage.hpp"

namespace pgprimer::script {
namespace {

TEST(Stepwise, EachStatementCommitsWithItsProgress) {
    Stage stage("CREATE TABLE t (a int);\nCREATE INDEX CONCURRENTLY i ON t (a);\nINSERT INTO t VALUES (1);\nVACUUM t;\n");
    EXPECT_EQ(told(stage.played(Mode::stepwise)), "done 4");
    EXPECT_EQ(
        stage.progress(),
        "partial 1:1 CREATE TABLE,started 2:2 CREATE INDEX CONCURRENTLY,partial 2:2 CREATE INDEX CONCURRENTLY,partial 3:3 INSERT INTO,started 4:4 VACUUM,"
        "partial 4:4 VACUUM,done 4:4 VACUUM");
    EXPECT_EQ(stage.asked("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), "0");
    EXPECT_EQ(stage.row(), "0");
}

TEST(Stepwise, WhatWasDoneStaysAndItGoesOnThere) {
    Stage stage("CREATE TABLE t (a int);\nINSERT INTO t VALUES (1);\nINSERT INTO t VALUES (1/zero());\nINSERT INTO t VALUES (3);\n");
    auto unit = stage.unit(Mode::stepwise);
    EXPECT_THAT(told(stage.played(unit)), ::testing::StartsWith("a.sql:3:25 42883 function zero() does not exist"));
    EXPECT_EQ(stage.asked("SELECT a FROM t"), "1");
    unit.resume = stage.last_position();
    ASSERT_TRUE(unit.resume);
    EXPECT_EQ(unit.resume->statement, 2);
    stage.asked("CREATE FUNCTION zero() RETURNS int LANGUAGE sql AS 'SELECT 1'");
    EXPECT_EQ(told(stage.played(unit)), "done 2");
    EXPECT_EQ(stage.asked("SELECT a FROM t ORDER BY a"), "1,1,3");
    EXPECT_THAT(stage.progress(), ::testing::EndsWith("partial 4:4 INSERT INTO,done 4:4 INSERT INTO"));
}

TEST(Stepwise, WhatNoTransactionCoversIsUndoneInTheRecordWhereItFailed) {
    Stage stage("CREATE TABLE t (a int);\nCREATE UNIQUE INDEX CONCURRENTLY i ON t (none);\n");
    EXPECT_EQ(told(stage.played(Mode::stepwise)), "a.sql:2:1 42703 column \"none\" does not exist");
    EXPECT_EQ(stage.progress(), "partial 1:1 CREATE TABLE,started 2:2 CREATE UNIQUE INDEX CONCURRENTLY,partial 1:1 CREATE TABLE");
    EXPECT_EQ(stage.asked("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), "0");
}

TEST(Stepwise, WhatAFailedStatementLeftIsClearedAway) {
    Stage stage("CREATE TABLE t (a int);\nINSERT INTO t VALUES (1), (1);\nCREATE UNIQUE INDEX CONCURRENTLY i ON t (a);\n");
    EXPECT_THAT(told(stage.played(Mode::stepwise)), HasSubstr("23505 could not create unique index \"i\""));
    EXPECT_EQ(stage.asked("SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass"), "0");
    EXPECT_THAT(stage.progress(), ::testing::EndsWith("started 3:3 CREATE UNIQUE INDEX CONCURRENTLY,partial 2:2 INSERT INTO"));
}

TEST(Stepwise, WhatCannotBeClearedAwayStaysBegun) {
    Stage stage(
        "CREATE TABLE t (a int);\nINSERT INTO t VALUES (1), (1);\nSET statement_timeout = '1s';\nCREATE UNIQUE INDEX CONCURRENTLY i ON t (a);\n");
    stage.asked(
        "CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'not this'; END$$; CREATE EVENT TRIGGER no ON ddl_command_start WHEN "
        "TAG IN ('DROP INDEX') EXECUTE FUNCTION no()");
    const auto failed = stage.played(Mode::stepwise);
    EXPECT_THAT(told(failed), HasSubstr("23505 could not create unique index"));
    EXPECT_EQ(failed.error().hint, "what it left could not be cleared away (not this): the next run does that");
    EXPECT_THAT(stage.progress(), ::testing::EndsWith("started 4:4 CREATE UNIQUE INDEX CONCURRENTLY"));
    stage.asked("DROP EVENT TRIGGER no; DELETE FROM t WHERE ctid = '(0,1)'");
    auto unit = stage.unit(Mode::stepwise);
    stage.resume(unit);
    EXPECT_EQ(told(stage.played(unit)), "done 1");
    EXPECT_EQ(stage.asked("SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 't'::regclass"), "t");
}

TEST(Stepwise, WhatNobodyCanTellIsADisagreement) {
    Stage stage("CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';\nCALL p();\n");
    EXPECT_EQ(told(stage.played(Mode::stepwise)), "done 2");
    auto unit = stage.unit(Mode::stepwise);
    unit.resume = stage.last_position();
    unit.interrupted = true;
    const auto played = stage.played(unit);
    EXPECT_EQ(told(played), "a.sql:2:1  what became of 2?");
    EXPECT_EQ(played.error().error, Error::disagreement);
}

TEST(Stepwise, WhatTheServerRefusesInATransactionIsRunOutsideOne) {
    Stage stage("CREATE PROCEDURE p() LANGUAGE plpgsql AS $$BEGIN CREATE TABLE t (a int); COMMIT; END$$;\nCALL p();\nSELECT 1;\n");
    EXPECT_EQ(told(stage.played(Mode::stepwise)), "done 3");
    EXPECT_EQ(stage.asked("SELECT count(*) FROM t"), "0");
    EXPECT_THAT(stage.progress(), HasSubstr("started 2:2 CALL,partial 2:2 CALL"));
}

TEST(Stepwise, ItsOwnBlocksCommitWithTheirProgress) {
    Stage stage(
        "CREATE TABLE t (a int);\nBEGIN;\nINSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2);\nCOMMIT;\nBEGIN;\nINSERT INTO t VALUES (3);\nROLLBACK;\nINSERT INTO t VALUES (4);\n");
    EXPECT_EQ(told(stage.played(Mode::stepwise)), "done 9");
    EXPECT_EQ(stage.asked("SELECT a FROM t"), "1,2,4");
    EXPECT_EQ(stage.progress(), "partial 1:1 CREATE TABLE,partial 5:5 COMMIT,partial 9:9 INSERT INTO,done 9:9 INSERT INTO");
}

TEST(Stepwise, ABlockThatFailsIsUndoneAsAWhole) {
    Stage stage("CREATE TABLE t (a int);\nBEGIN;\nINSERT INTO t VALUES (1);\nSELECT nothing;\nCOMMIT;\n");
    EXPECT_EQ(told(stage.played(Mode::stepwise)), "a.sql:4:8 42703 column \"nothing\" does not exist");
    EXPECT_EQ(stage.asked("SELECT count(*) FROM t"), "0");
    EXPECT_EQ(stage.progress(), "partial 1:1 CREATE TABLE");
}

TEST(Stepwise, AScriptThatEndsInsideItsTransactionIsAFailure) {
    Stage stage("CREATE TABLE t (a int);\n\nBEGIN;\nINSERT INTO t VALUES (1);\n");
    const auto played = stage.played(Mode::stepwise);
    EXPECT_THAT(told(played), HasSubstr(":3  the script ends inside a transaction that it began: nothing of it was committed"));
    EXPECT_EQ(stage.asked("SELECT count(*) FROM t"), "0");
}

TEST(Stepwise, AChangedPrefixIsADisagreement) {
    for (const char* changed : {"CREATE TABLE t (a bigint);\nINSERT INTO t VALUES (1);\nSELECT 1;\n", "CREATE TABLE t (a int);\n"}) {
        Stage stage("CREATE TABLE t (a int);\nINSERT INTO t VALUES (1);\nSELECT nothing;\n");
        EXPECT_FALSE(stage.played(Mode::stepwise));
        const auto where = stage.last_position();
        stage.files.add("/s/a.sql", changed);
        auto unit = stage.unit(Mode::stepwise);
        unit.resume = where;
        const auto played = stage.played(unit);
        ASSERT_FALSE(played) << changed;
        EXPECT_EQ(played.error().error, Error::disagreement);
        EXPECT_EQ(played.error().message, "the script was interrupted after statement 2 (line 2), and what stands before that has changed since");
        EXPECT_EQ(stage.asked("SELECT count(*) FROM t"), "1");
    }
}

TEST(Stepwise, WhatLivedInTheSessionIsADisagreement) {
    Stage stage("CREATE TEMP TABLE tt (a int);\nCREATE TABLE t (a int);\nSELECT nothing;\n");
    EXPECT_FALSE(stage.played(Mode::stepwise));
    auto unit = stage.unit(Mode::stepwise);
    unit.resume = stage.last_position();
    const auto played = stage.played(unit);
    ASSERT_FALSE(played);
    EXPECT_EQ(played.error().error, Error::disagreement);
    EXPECT_THAT(played.error().message, HasSubstr("cannot go on: an earlier statement lives in the session only"));
}

TEST(Stepwise, SettingsOfASkippedPrefixAreMadeAgain) {
    Stage stage("CREATE SCHEMA app;\nSET search_path = app;\nCREATE TABLE t (a int);\n\\echo once\nINSERT INTO t VALUES (zero());\n");
    auto unit = stage.unit(Mode::stepwise);
    EXPECT_FALSE(stage.played(unit));
    stage.asked("CREATE FUNCTION app.zero() RETURNS int LANGUAGE sql AS 'SELECT 0'");
    unit.resume = stage.last_position();
    EXPECT_EQ(told(stage.played(unit)), "done 1");
    EXPECT_EQ(stage.asked("SELECT a FROM app.t"), "0");
    EXPECT_THAT(stage.heard.lines, ElementsAre("> once\n"));
}

TEST(Stepwise, ProgressIsWrittenUnderAWeakRole) {
    Stage stage("CREATE ROLE weak3;\nSET ROLE weak3;\nSELECT 1;\nSET default_transaction_read_only = on;\nVACUUM;\n");
    const auto played = stage.played(Mode::stepwise);
    EXPECT_EQ(told(played), "done 5");
    EXPECT_THAT(stage.progress(), ::testing::EndsWith("started 5:5 VACUUM,partial 5:5 VACUUM,done 5:5 VACUUM"));
}

TEST(Autocommit, StopsOrGoesOn) {
    Stage stage("CREATE TABLE t (a int);\nINSERT INTO t VALUES (1);\nSELECT nothing;\nINSERT INTO t VALUES (2);\n");
    EXPECT_EQ(told(stage.played(Mode::autocommit)), "a.sql:3:8 42703 column \"nothing\" does not exist");
    EXPECT_EQ(stage.asked("SELECT a FROM t"), "1");
    auto unit = stage.unit(Mode::autocommit);
    unit.script.variables["ON_ERROR_STOP"] = "off";
    EXPECT_EQ(told(stage.played(unit)), "done 4 failed 2");
    EXPECT_THAT(stage.heard.lines, ElementsAre("a.sql:1:1 relation \"t\" already exists", "a.sql:3:8 column \"nothing\" does not exist"));
    EXPECT_EQ(stage.asked("SELECT a FROM t"), "1,1,2");
    EXPECT_EQ(stage.row() + stage.progress(), "0");
}

}  // namespace
}  // namespace pgprimer::script
