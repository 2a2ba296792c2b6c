#include "pgprimer/sql/survey.hpp"

#include <gtest/gtest.h>

#include "items.hpp"

namespace pgprimer::sql {
namespace {

Survey survey_of(const std::string& text, const Script& script = script_of()) {
    const test::FakeFiles files{{"a.sql", text}};
    auto out = survey(files, script);
    EXPECT_TRUE(out) << text;
    return out ? *out : Survey{};
}

TEST(Survey, ChoosesWholeOrStepwiseAndSaysWhy) {
    const struct {
        const char* text;
        const char* why;
    } cases[] = {
        {"", ""},
        {"SELECT 1;", ""},
        {"SELECT 1;\n\nCREATE INDEX CONCURRENTLY i ON t (a);", "line 3: CREATE INDEX CONCURRENTLY refuses a transaction"},
        {"VACUUM;\nCREATE DATABASE x;", "line 1: VACUUM refuses a transaction"},
        {"\\connect x\nSELECT 1;", "line 1: \\connect"},
        {"SELECT 1;\nBEGIN;\nSELECT 1;\nCOMMIT;", "line 2: BEGIN is transaction control of the script's own"},
        {"BEGIN;\nSELECT 1;\nCOMMIT;\nSELECT 2;", "line 1: BEGIN is transaction control of the script's own"},
        {"BEGIN;\nCOMMIT;\nBEGIN;\nCOMMIT;", "line 1: BEGIN is transaction control of the script's own"},
        {"BEGIN;\nSELECT 1;\nROLLBACK;", "line 1: BEGIN is transaction control of the script's own"},
        {"BEGIN;\nSELECT 1;\nCOMMIT AND CHAIN;", "line 1: BEGIN is transaction control of the script's own"},
        {"COMMIT;", "line 1: COMMIT is transaction control of the script's own"},
        {"PREPARE TRANSACTION 'x';", "line 1: PREPARE TRANSACTION is transaction control of the script's own"},
        {"DO $$ BEGIN COMMIT; END $$;", "line 1: DO ends transactions"},
        {"SELECT 1\\; COMMIT;", "line 1: SELECT ends transactions"},
        {"CALL p();", ""},  // the server says
        {"SAVEPOINT a; RELEASE a;", ""},
        {"ALTER TYPE t ADD VALUE 'x';", ""},
        {"COPY t FROM STDIN;\nVACUUM;\n\\.\n", ""},
        {"SET TRANSACTION READ ONLY;", "line 1: SET TRANSACTION makes its transaction read-only, and no row can be written in it"},
        {"BEGIN READ ONLY;\nSELECT 1;\nCOMMIT;", "line 1: BEGIN makes its transaction read-only, and no row can be written in it"},
        {"BEGIN;\nVACUUM;\nCOMMIT;", "line 2: VACUUM refuses a transaction"},
    };
    for (const auto& one : cases) {
        const Survey s = survey_of(one.text);
        EXPECT_EQ(s.why, one.why) << one.text;
        EXPECT_EQ(s.mode, std::string_view(one.why).empty() ? Survey::Mode::whole : Survey::Mode::stepwise) << one.text;
        EXPECT_TRUE(s.refused.empty()) << one.text;
    }
}

TEST(Survey, TakesItsTransactionFromALeadingBeginAndAFinalCommit) {
    const struct {
        const char* text;
        bool wrapped;
        const char* options;
    } cases[] = {
        {"BEGIN;\nSELECT 1;\nCOMMIT;\n", true, ""},
        {"-- c\nbegin isolation level serializable;\nSELECT 1;\nEND;\n-- c\n", true, "ISOLATION LEVEL SERIALIZABLE"},
        {"\\set a 1\nSTART TRANSACTION READ ONLY;\nSELECT 1;\nCOMMIT", true, "READ ONLY"},
        {"BEGIN; SAVEPOINT a; ROLLBACK TO a; COMMIT;", true, ""},
        {"BEGIN; COMMIT;", true, ""},
        {"SET a = 1; BEGIN; COMMIT;", false, ""},
        {"BEGIN; COMMIT; SELECT 1;", false, ""},
        {"BEGIN; SELECT 1;", false, ""},
        {"SELECT 1; COMMIT;", false, ""},
    };
    for (const auto& one : cases) {
        const Survey s = survey_of(one.text);
        EXPECT_EQ(s.wrapped, one.wrapped) << one.text;
        EXPECT_EQ(s.begin_options, one.options) << one.text;
    }
}

TEST(Survey, TellsWhatMayBeSentAhead) {
    const struct {
        const char* text;
        bool pipelines;
    } cases[] = {
        {"", false},
        {"CREATE TABLE t (); INSERT INTO t DEFAULT VALUES;", true},
        {"BEGIN; SELECT 1; COMMIT;", true},
        {"\\set x 1\nSELECT :x;", true},
        {"\\echo a\nSELECT 1;", false},  // said when it is its turn
        {"SET search_path = a; SELECT 1;", false},
        {"DO $$ BEGIN NULL; END $$;", false},
        {"SELECT 1\\; SELECT 2;", false},
        {"COPY t FROM STDIN;\n\\.\n", false},
        {"CREATE TEMP TABLE t ();", false},
        {"SAVEPOINT a;", false},
        {"VACUUM;", false},
        {"SELECT 1;\n\\! id\n", false},
        {"\\restrict k\nSELECT 1;\n\\unrestrict k\n", false},
    };
    for (const auto& one : cases) EXPECT_EQ(survey_of(one.text).pipelines, one.pipelines) << one.text;
}

TEST(Survey, NotesWhatAScriptDoes) {
    EXPECT_TRUE(survey_of("SET TRANSACTION READ ONLY;").sets_transaction);
    EXPECT_TRUE(survey_of("SET ROLE x;").changes_role);
    EXPECT_TRUE(survey_of("\\c x").connects);
    EXPECT_TRUE(survey_of("COPY t TO PROGRAM 'x';").acts_outside);
    EXPECT_TRUE(survey_of("CREATE ROLE x;").touches_globals);
    EXPECT_TRUE(survey_of("COPY t FROM STDIN;\n\\.\n").has_copy);
    EXPECT_EQ(survey_of("SELECT 1; SELECT 2;;\n\\echo x\nSELECT 3").statements, 3);
    const Survey none = survey_of("SELECT 1;");
    EXPECT_FALSE(none.sets_transaction || none.changes_role || none.connects || none.acts_outside || none.touches_globals || none.has_copy ||
                 none.wrapped);
}

TEST(Survey, FollowsWhatItCanOfVariablesAndSettings) {
    EXPECT_EQ(survey_of("\\set what VACUUM\n:what;").why, "line 2: VACUUM refuses a transaction");
    EXPECT_EQ(survey_of("\\set what VACUUM\n\\unset what\nSELECT 1 -- :what\n;").why, "");
    EXPECT_EQ(survey_of("SET standard_conforming_strings = off;\nSELECT '\\'; VACUUM;';").statements, 2);
    EXPECT_EQ(survey_of("SET standard_conforming_strings = on;\nSELECT '\\'; VACUUM;").statements, 3);
    auto script = script_of();
    script.variables = {{"what", "VACUUM"}};
    EXPECT_EQ(survey_of(":what;", script).why, "line 1: VACUUM refuses a transaction");
}

TEST(Survey, RefusesWhatItCannotCarryOut) {
    const auto refused = [](const std::string& text, const Script& script = script_of()) {
        std::vector<std::string> out;
        for (const auto& one : survey_of(text, script).refused) out.push_back(to_string(one.place) + " " + one.message);
        return out;
    };
    EXPECT_EQ(refused("SELECT 1;\n  \\prompt x\n\\! id\n\\nonsense\n\\echo `id`\nSELECT 2;"),
              (Items{"a.sql:2:3 \\prompt asks a person, and nobody is there", "a.sql:3:1 \\! runs a program, which is off here",
                     "a.sql:4:1 \\nonsense is no command of psql", "a.sql:5:7 backticks run a program, which is off here"}));
    EXPECT_EQ(refused("\\if :later\n\\prompt x\n\\! id\n\\i missing\n\\endif\n\\i :computed"), Items{});
    EXPECT_EQ(refused("\\i\n"), Items{"a.sql:1:1 \\i needs one file"});
    EXPECT_EQ(refused("SELECT 'a"), Items{"a.sql:1:8 unterminated quoted string ('): it is opened here and the file ends without its end"});
    EXPECT_EQ(refused("\\echo a", script_of(Syntax::plain)), Items{"a.sql:1:1 psql's commands (\\) are not part of a migration's SQL"});
    EXPECT_EQ(survey_of("SELECT 1;\n\\e\n").refused.at(0).line_text, "\\e");
}

TEST(Survey, FailsOnAFileThatIsNotThere) {
    const test::FakeFiles files;
    EXPECT_TRUE(survey(files, script_of()).has_error());
    EXPECT_TRUE(checksum(files, script_of()).has_error());
}

Script at(const std::string& path) {
    Script out;
    out.path = out.name = path;
    return out;
}

TEST(Includes, AreFollowed) {
    const test::FakeFiles files{{"/s/a.sql", "\\ir sub/b.sql\nSELECT 1;\n\\i /s/c.sql\n"},
                                {"/s/sub/b.sql", "SELECT 2;\n\\ir d.sql\n"},
                                {"/s/sub/d.sql", "\nVACUUM;"},
                                {"/s/c.sql", "SELECT 3;"}};
    const auto s = survey(files, at("/s/a.sql"));
    ASSERT_TRUE(s);
    EXPECT_EQ(s->includes, (Items{"/s/sub/b.sql", "/s/sub/d.sql", "/s/c.sql"}));
    EXPECT_EQ(s->statements, 4);
    EXPECT_EQ(s->why, "/s/sub/d.sql:2:1: VACUUM refuses a transaction");
    EXPECT_FALSE(s->pipelines);
    EXPECT_TRUE(s->refused.empty());
}

TEST(Includes, ThatAreMissingOrGoRoundAreRefused) {
    const test::FakeFiles files{{"/s/a.sql", "SELECT 1;\n\\ir none.sql\n"},
                                {"/s/round.sql", "\\ir round.sql\n"},
                                {"/s/bad.sql", "\\ir open.sql\n"},
                                {"/s/open.sql", "SELECT (1;\n"}};
    auto s = survey(files, at("/s/a.sql"));
    ASSERT_TRUE(s);
    ASSERT_EQ(s->refused.size(), 1U);
    ASSERT_EQ(s->refused[0].included_from.size(), 1U);
    EXPECT_EQ(to_string(s->refused[0].included_from[0]), "/s/a.sql:2:1");
    s = survey(files, at("/s/round.sql"));
    ASSERT_TRUE(s);
    ASSERT_EQ(s->refused.size(), 1U);
    EXPECT_EQ(s->refused[0].message, "\"/s/round.sql\" includes itself");
    s = survey(files, at("/s/bad.sql"));
    ASSERT_TRUE(s);
    ASSERT_EQ(s->refused.size(), 1U);
    EXPECT_EQ(to_string(s->refused[0].place), "/s/open.sql:1:1");
    ASSERT_EQ(s->refused[0].included_from.size(), 1U);
    EXPECT_EQ(to_string(s->refused[0].included_from[0]), "/s/bad.sql:1:1");
}

// Each time twice or thrice, and so without end, were it not seen.
TEST(Includes, ThatGoRoundInBranchesAreReadOnce) {
    test::FakeFiles files{{"/s/a.sql", "\\if :more\n\\ir b.sql\n\\ir a.sql\n\\ir l.sql\n\\endif\nSELECT 1;\n"},
                          {"/s/b.sql", "\\ir a.sql\n\\ir b.sql\n\\ir a.sql\n"}};
    files.link("/s/l.sql", "/s/a.sql");
    const auto s = survey(files, at("/s/a.sql"));
    ASSERT_TRUE(s);
    EXPECT_EQ(s->statements, 1);
    EXPECT_EQ(s->includes, (Items{"/s/b.sql"}));
    EXPECT_TRUE(s->refused.empty());
}

TEST(Includes, TooDeepAreRefused) {
    test::FakeFiles files;
    for (int i = 0; i < 20; ++i) files.add("/s/" + std::to_string(i), "SELECT 1;\n\\ir " + std::to_string(i + 1) + "\n");
    const auto s = survey(files, at("/s/0"));
    ASSERT_TRUE(s);
    ASSERT_EQ(s->refused.size(), 1U);
    EXPECT_EQ(s->refused[0].message, "files include one another more than 16 deep");
    EXPECT_EQ(to_string(s->refused[0].place), "/s/16:2:1");
    ASSERT_EQ(s->refused[0].included_from.size(), 16U);
    EXPECT_EQ(to_string(s->refused[0].included_from[0]), "/s/15:2:1");
    EXPECT_EQ(s->statements, 17);
}

std::string sum(std::initializer_list<std::pair<const std::string, std::string>> contents, const std::string& path = "/s/a.sql") {
    const test::FakeFiles files(contents);
    const auto quick = checksum(files, at(path));
    const auto full = survey(files, at(path));
    EXPECT_TRUE(quick && full);
    EXPECT_EQ(*quick, full->checksum);
    return *quick;
}

TEST(Checksum, IsOfTheText) {
    const std::string base = sum({{"/s/a.sql", "SELECT 1;\nSELECT 2;\n"}});
    EXPECT_EQ(base.size(), 64U);
    EXPECT_EQ(sum({{"/s/a.sql", "SELECT 1;\r\nSELECT 2;\r\n"}}), base);
    EXPECT_EQ(sum({{"/s/a.sql", "\xEF\xBB\xBFSELECT 1;\nSELECT 2;\n"}}), base);
    EXPECT_EQ(sum({{"/other/name.sql", "SELECT 1;\nSELECT 2;\n"}}, "/other/name.sql"), base);
    EXPECT_NE(sum({{"/s/a.sql", "SELECT 1;\nSELECT 3;\n"}}), base);
    EXPECT_NE(sum({{"/s/a.sql", "SELECT 1;\nSELECT 2;\n-- c\n"}}), base);
}

TEST(Checksum, IsOfTheIncludesToo) {
    const std::string text = "SELECT 1;\n\\ir sub/b.sql\n";
    const std::string base = sum({{"/s/a.sql", text}, {"/s/sub/b.sql", "SELECT 2;\n"}});
    EXPECT_NE(sum({{"/s/a.sql", text}, {"/s/sub/b.sql", "SELECT 3;\n"}}), base);
    EXPECT_EQ(sum({{"/s/a.sql", text}, {"/s/sub/b.sql", "SELECT 2;\r\n"}}), base);
    // The same files in another folder are the same.
    EXPECT_EQ(sum({{"/image/initdb/a.sql", text}, {"/image/initdb/sub/b.sql", "SELECT 2;\n"}}, "/image/initdb/a.sql"), base);
    // What an include includes counts as well.
    const std::string deep = sum({{"/s/a.sql", text}, {"/s/sub/b.sql", "\\ir c.sql\n"}, {"/s/sub/c.sql", "SELECT 2;"}});
    EXPECT_NE(sum({{"/s/a.sql", text}, {"/s/sub/b.sql", "\\ir c.sql\n"}, {"/s/sub/c.sql", "SELECT 3;"}}), deep);
    // Two files do not stand for one of both.
    EXPECT_NE(sum({{"/s/a.sql", "\\ir b.sql\n\\ir c.sql\n"}, {"/s/b.sql", "x"}, {"/s/c.sql", "yz"}}),
              sum({{"/s/a.sql", "\\ir b.sql\n\\ir c.sql\n"}, {"/s/b.sql", "xy"}, {"/s/c.sql", "z"}}));
}

TEST(Checksum, ReadsOnceWhatIncludesNothing) {
    test::FakeFiles files{{"/s/a.sql", "SELECT 1;"}, {"/s/b.sql", "\\ir a.sql"}};
    ASSERT_TRUE(checksum(files, at("/s/a.sql")));
    EXPECT_EQ(files.opened(), Items{"/s/a.sql"});
    ASSERT_TRUE(checksum(files, at("/s/b.sql")));
    EXPECT_EQ(files.opened().size(), 4U);
}

TEST(Checksum, FindsAnIncludeWhereverThePiecesEnd) {
    test::FakeFiles files{{"/s/a.sql", std::string(65'535, ' ') + "\\ir b.sql\n"}, {"/s/b.sql", "SELECT 1;"}};
    const auto base = checksum(files, at("/s/a.sql"));
    for (const std::size_t size : {1U, 3U, 65'536U}) EXPECT_EQ(*checksum(files.chunks(test::chunks_of(size)), at("/s/a.sql")), *base);
    files.add("/s/b.sql", "SELECT 2;");
    EXPECT_NE(*checksum(files, at("/s/a.sql")), *base);
}

}  // namespace
}  // namespace pgprimer::sql
