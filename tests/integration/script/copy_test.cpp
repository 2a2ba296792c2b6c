#include <gtest/gtest.h>

#include "stage.hpp"

namespace pgprimer::script {
namespace {

constexpr Mode all_modes[] = {Mode::whole, Mode::stepwise, Mode::autocommit};

TEST(Copy, DataIsReadInEveryMode) {
    for (const Mode mode : all_modes) {
        Stage stage(
            "CREATE TABLE t (a int, b text);\nCOPY t (a, b) FROM stdin;\n1\tone; DROP TABLE t;\n2\t\\N\n3\t\\\\.\n\\.\nCOPY t FROM stdin WITH (FORMAT csv);\n4,\"x\ny\"\n\\.\n");
        EXPECT_EQ(told(stage.played(mode)), "done 3");
        EXPECT_EQ(stage.asked("SELECT a || coalesce(b, 'NULL') FROM t ORDER BY a"), "1one; DROP TABLE t;,2NULL,3\\.,4x\ny");
    }
}

TEST(Copy, BadDataIsToldByItsLineInTheFile) {
    for (const Mode mode : all_modes) {
        Stage stage("CREATE TABLE t (a int);\n\nCOPY t FROM stdin;\n1\n2\nthree\n4\n\\.\nCREATE TABLE after (a int);\n");
        const auto played = stage.played(mode);
        EXPECT_EQ(told(played), "a.sql:6 22P02 invalid input syntax for type integer: \"three\"");
        EXPECT_EQ(stage.asked("SELECT to_regclass('after') IS NULL"), "t");
        EXPECT_EQ(stage.row(), "0");
    }
}

TEST(Copy, LinesOfAFailedCopyAreNeverRun) {
    const std::string data = "DELETE FROM keep;\n1\n'; DELETE FROM keep; --\nDELETE FROM keep;\n\\i /s/evil.sql\n\\.\n";
    for (const char* copy : {"COPY no_such_table FROM stdin;\n", "COPY keep FROM stdin;\n", "COPY keep (no_such_column) FROM stdin;\n",
                             "COPY keep FROM stdin WITH (no_such_option);\n"}) {
        for (const Mode mode : all_modes) {
            Stage stage(copy + data + "INSERT INTO after VALUES (1);\n");
            stage.asked("CREATE TABLE keep (a int); INSERT INTO keep VALUES (7); CREATE TABLE after (a int)");
            EXPECT_FALSE(stage.played(mode)) << copy;
            EXPECT_EQ(stage.asked("SELECT a FROM keep"), "7") << copy;
            EXPECT_EQ(stage.asked("SELECT count(*) FROM after"), "0") << copy;
        }
        // psql's ON_ERROR_STOP = off: it goes on behind the data.
        Stage stage(copy + data + "INSERT INTO after VALUES (1);\n");
        stage.asked("CREATE TABLE keep (a int); INSERT INTO keep VALUES (7); CREATE TABLE after (a int)");
        auto unit = stage.unit(Mode::autocommit);
        unit.script.variables["ON_ERROR_STOP"] = "off";
        EXPECT_EQ(told(stage.played(unit)), "done 2 failed 1") << copy;
        EXPECT_EQ(stage.asked("SELECT a FROM keep"), "7") << copy;
        EXPECT_EQ(stage.asked("SELECT count(*) FROM after"), "1") << copy;
        EXPECT_EQ(stage.heard.lines.size(), 1U) << copy;
    }
}

TEST(Copy, LargeDataWithAnErrorInTheMiddleEnds) {
    std::string script = "CREATE TABLE t (a int);\nCOPY t FROM stdin;\n";
    for (int i = 0; i < 200'000; ++i) script += i == 1000 ? "DROP TABLE led;\n" : "123456789\n";
    script += "\\.\nCREATE TABLE after (a int);\n";
    Stage stage(script);
    auto unit = stage.unit(Mode::autocommit);
    unit.script.variables["ON_ERROR_STOP"] = "off";
    EXPECT_EQ(told(stage.played(unit)), "done 3 failed 1");
    EXPECT_THAT(stage.heard.lines, ElementsAre("a.sql:1003 invalid input syntax for type integer: \"DROP TABLE led;\""));
    EXPECT_EQ(stage.asked("SELECT count(*) FROM t"), "0");
    EXPECT_EQ(stage.asked("SELECT to_regclass('after') IS NOT NULL"), "t");
}

TEST(Copy, OutputGoesWhereTheCallerWants) {
    Stage stage("CREATE TABLE t (a int);\nINSERT INTO t VALUES (1), (2);\nCOPY t TO STDOUT;\nSELECT a FROM t WHERE a = 2;\n");
    std::string out;
    stage.world.out = [&out](std::string_view text) {
        out += text;
        return true;
    };
    EXPECT_EQ(told(stage.played(Mode::autocommit)), "done 4");
    EXPECT_EQ(out, "1\n2\n a \n---\n 2\n(1 row)\n\n");
}

}  // namespace
}  // namespace pgprimer::script
