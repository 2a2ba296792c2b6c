// Meta-commands: includes, connect, restrict, variables.
#include <gtest/gtest.h>

#include "pgprimer/base/text.hpp"
#include "stage.hpp"

namespace pgprimer::script {
namespace {

TEST(Include, AFailureTellsTheWholeWayToIt) {
    Stage stage("CREATE TABLE a (x int);\n\\ir sub/b.sql\n");
    stage.files.add("/s/sub/b.sql", "CREATE TABLE b (x int);\n\n\\ir c.sql\n");
    stage.files.add("/s/sub/c.sql", "SELECT 1;\n  SELECT nothing;\n");
    const auto played = stage.played(Mode::whole);
    EXPECT_EQ(told(played), "sub/c.sql:2:10 42703 column \"nothing\" does not exist");
    ASSERT_EQ(played.error().included_from.size(), 2U);
    EXPECT_EQ(to_string(played.error().included_from[0]), "sub/b.sql:3:1");
    EXPECT_EQ(to_string(played.error().included_from[1]), "a.sql:2:1");
    EXPECT_EQ(stage.row() + stage.asked("SELECT to_regclass('a') IS NULL"), "0t");
}

TEST(Include, GoesOnBehindItsLine) {
    Stage stage("CREATE TABLE t (x int);\n\\i /s/b.sql\nINSERT INTO t VALUES (3);\n");
    stage.files.add("/s/b.sql", "INSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2)");  // an unterminated statement is sent at the file's end
    EXPECT_EQ(told(stage.played(Mode::whole)), "done 4");
    EXPECT_EQ(stage.asked("SELECT x FROM t"), "1,2,3");
}

TEST(Include, OfWhatIsNotThereFailsWithItsPlace) {
    Stage stage("SELECT 1;\n");
    auto unit = stage.unit(Mode::autocommit);
    stage.files.add("/s/a.sql", "SELECT 1;\n\\i /s/none.sql\n");
    const auto played = stage.played(unit);
    EXPECT_THAT(told(played), HasSubstr("/s/none.sql"));
    EXPECT_FALSE(played);
}

TEST(Connect, GoesToAnotherDatabaseAndBack) {
    Stage stage("CREATE TABLE here (a int);\n\\connect postgres\nSELECT current_database() AS there;\n\\c stage_home\nCREATE TABLE back (a int);\n");
    stage.files.add("/s/a.sql", "CREATE TABLE here (a int);\n\\connect postgres\nDO $$BEGIN RAISE WARNING '%', current_database(); END$$;\n\\c " +
                                    stage.database() + "\nCREATE TABLE back (a int);\n");
    const auto unit = stage.unit(Mode::stepwise);
    EXPECT_EQ(unit.survey.mode, sql::Survey::Mode::stepwise);
    EXPECT_EQ(told(stage.played(unit)), "done 3 left");
    EXPECT_THAT(stage.heard.lines, ElementsAre("a.sql:3:1 WARNING postgres"));
    EXPECT_EQ(stage.progress(), "partial 1:1 CREATE TABLE,partial 2:3 DO,partial 3:5 CREATE TABLE,done 3:5 CREATE TABLE");
}

TEST(Connect, ThatFailsEndsTheScriptThere) {
    Stage stage("CREATE TABLE here (a int);\n\\connect no_such_database\nCREATE TABLE never (a int);\n");
    for (const Mode mode : {Mode::stepwise, Mode::autocommit}) {
        stage.asked("DROP TABLE IF EXISTS here");
        const auto played = stage.played(mode);
        EXPECT_THAT(told(played), ::testing::StartsWith("a.sql:2:1 3D000 "));
        EXPECT_EQ(played.error().error, Error::failed);
        EXPECT_EQ(played.error().line_text, "\\connect no_such_database");
        EXPECT_EQ(stage.asked("SELECT to_regclass('never') IS NULL"), "t");
    }
}

TEST(Connect, WhereToAndWithWhosePassword) {
    const struct {
        const char* command;
        const char* goes;  // "user:password@hosts:ports/dbname sslmode", = for the old session's
    } cases[] = {
        {"\\connect elsewhere", "=:=@=:=/elsewhere "},
        {"\\connect - other", "other:@=:=/= "},
        {"\\connect elsewhere - there", "=:@there:=/elsewhere "},
        {"\\connect elsewhere - - 6432", "=:@=:6432/elsewhere "},
        {"\\connect \"user=third\"", "third:@=:=/= "},
        {"\\connect -reuse-previous=on \"dbname='a b' sslmode=disable\"", "=:=@=:=/a b disable"},
        {"\\connect \"host=a,b port=1,2 user=x password='p w'\"", "x:p w@a,b:1,2/= "},
        {"\\connect postgresql://x:p%40@there:7/db?sslmode=require", "x:p@@there:7/db require"},
    };
    for (const auto& c : cases) {
        Stage stage(std::string(c.command) + "\n");
        stage.address.password = Secret("secret");
        std::string seen;
        stage.world.connect = [&seen, &stage](pg::Address to, Deadline) -> Task<Result<pg::Connection>> {
            std::vector<std::string> ports;
            for (const int port : to.ports) ports.push_back(std::to_string(port));
            const auto part = [](const std::string& text, const std::string& old) { return text == old ? "=" : text; };
            const pg::Address& old = stage.address;
            seen = part(to.user, old.user) + ":" + part(to.password.reveal(), "secret") + "@" + (to.hosts == old.hosts ? "=" : join(to.hosts, ",")) +
                   ":" + (to.ports == old.ports ? "=" : join(ports, ",")) + "/" + part(to.dbname, old.dbname) + " " + to.parameters["sslmode"];
            co_return Diagnostic(Error::failed, "enough");
        };
        const auto played = stage.played(Mode::autocommit);
        EXPECT_EQ(told(played), "a.sql:1:1  enough") << c.command;
        EXPECT_EQ(seen, c.goes) << c.command;
    }
}

TEST(Connect, ShowsNothingOfAConnectionString) {
    for (const char* command :
         {"\\connect postgresql://me:hush@[half/db", "\\connect \"password=hush nonsense\"", "\\connect \"password=hush port=0\""}) {
        Stage stage(std::string(command) + "\n");
        const auto played = stage.played(Mode::autocommit);
        ASSERT_FALSE(played) << command;
        EXPECT_THAT(told(played), ::testing::StartsWith("a.sql:1:1  \\connect: "));
        EXPECT_THAT(told(played) + played.error().line_text + played.error().hint + played.error().detail, ::testing::Not(HasSubstr("hush")));
    }
}

TEST(Restrict, NoOtherMetaCommandInBetween) {
    const struct {
        const char* script;
        const char* told;
    } cases[] = {
        {"\\restrict key\nCREATE TABLE t (a int);\n\\unrestrict key\n\\echo after\n", "done 1"},
        {"\\restrict key\n\\echo in\n", "a.sql:2:1  \\echo is refused between \\restrict and \\unrestrict"},
        {"\\restrict key\n\\connect postgres\n", "a.sql:2:1  \\connect is refused between \\restrict and \\unrestrict"},
        {"\\restrict key\n\\restrict other\n", "a.sql:2:1  \\restrict is refused between \\restrict and \\unrestrict"},
        {"\\restrict key\n\\unrestrict other\n", "a.sql:2:1  \\unrestrict with another key than \\restrict had"},
        {"\\unrestrict key\n", "a.sql:1:1  \\unrestrict without \\restrict"},
        {"\\restrict\n", "a.sql:1:1  \\restrict needs one key"},
    };
    for (const auto& c : cases) {
        Stage stage(c.script);
        EXPECT_EQ(told(stage.played(Mode::autocommit)), c.told) << c.script;
        for (const auto& line : stage.heard.lines) EXPECT_EQ(line, "> after\n") << c.script;
    }
}

TEST(Variables, AreReplacedAndEchoed) {
    Stage stage(
        "\\set name 'it''s'\nCREATE TABLE t AS SELECT :'name' AS a;\n\\echo :name is :DBNAME\n\\echo -n no newline\n\\unset name\n\\echo :name\n");
    EXPECT_EQ(told(stage.played(Mode::whole)), "done 1");
    EXPECT_EQ(stage.asked("SELECT a FROM t"), "it's");
    EXPECT_THAT(stage.heard.lines, ElementsAre("> it's is " + stage.database() + "\n", "> no newline", "> :name\n"));
}

}  // namespace
}  // namespace pgprimer::script
