#include "pgprimer/io/glob.hpp"

#include <gtest/gtest.h>

#include "support/fake_files.hpp"

namespace pgprimer::io {
namespace {

using Names = std::vector<std::string>;

Names found(const Files& files, std::string_view pattern, const fs::path& folder = "/p") {
    const auto paths = glob(files, folder, pattern);
    EXPECT_TRUE(paths) << pattern;
    Names out;
    for (const auto& match : paths ? *paths : std::vector<Match>{}) out.push_back(match.path);
    return out;
}

test::FakeFiles tree() {
    return {{"/p/b.sql", ""},
            {"/p/a.sql", ""},
            {"/p/a.sql.gz", ""},
            {"/p/c.txt", ""},
            {"/p/B.sql", ""},
            {"/p/10.sql", ""},
            {"/p/9.sql", ""},
            {"/p/.hidden.sql", ""},
            {"/p/sub/d.sql", ""},
            {"/p/sub/deep/e.sql", ""},
            {"/p/.git/f.sql", ""},
            {"/p/node_modules/g.sql", ""},
            {"/p/venv/pyvenv.cfg", ""},
            {"/p/venv/h.sql", ""},
            {"/p/folder.sql/i.txt", ""},
            {"/q/j.sql", ""}};
}

TEST(Glob, MatchesAsItsHeaderSays) {
    const auto files = tree();
    const struct {
        const char* pattern;
        Names names;
    } cases[] = {
        {"*.sql", {"/p/10.sql", "/p/9.sql", "/p/B.sql", "/p/a.sql", "/p/b.sql"}},
        {"*.sql*", {"/p/10.sql", "/p/9.sql", "/p/B.sql", "/p/a.sql", "/p/a.sql.gz", "/p/b.sql"}},
        {"?.sql", {"/p/9.sql", "/p/B.sql", "/p/a.sql", "/p/b.sql"}},
        {"[ab].sql", {"/p/a.sql", "/p/b.sql"}},
        {"[!ab].sql", {"/p/9.sql", "/p/B.sql"}},
        {"[0-9]*.sql", {"/p/10.sql", "/p/9.sql"}},
        {"{b,a}.sql", {"/p/a.sql", "/p/b.sql"}},
        {"a.{sql,sql.gz}", {"/p/a.sql", "/p/a.sql.gz"}},
        {"{sub,sub/deep}/*.sql", {"/p/sub/d.sql", "/p/sub/deep/e.sql"}},
        {"*/*.sql", {"/p/node_modules/g.sql", "/p/sub/d.sql", "/p/venv/h.sql"}},
        {"**/*.sql", {"/p/10.sql", "/p/9.sql", "/p/B.sql", "/p/a.sql", "/p/b.sql", "/p/sub/d.sql", "/p/sub/deep/e.sql"}},
        {"**/**/e.sql", {"/p/sub/deep/e.sql"}},
        {"sub/**", {"/p/sub/d.sql", "/p/sub/deep/e.sql"}},
        {"**/deep/*", {"/p/sub/deep/e.sql"}},
        {"**/e.sql", {"/p/sub/deep/e.sql"}},
        {"*/", {}},
        {".*.sql", {"/p/.hidden.sql"}},
        {".git/*", {"/p/.git/f.sql"}},
        {"node_modules/*", {"/p/node_modules/g.sql"}},
        {"a.sql", {"/p/a.sql"}},
        {"./a.sql", {"/p/./a.sql"}},
        {"sub", {}},
        {"none.sql", {}},
        {"none/*.sql", {}},
        {"a.sql/*", {}},
        {"../q/*.sql", {"/p/../q/j.sql"}},
        {"/q/*.sql", {"/q/j.sql"}},
        {"/q/j.sql", {"/q/j.sql"}},
        {"*.none", {}},
        {"", {}},
        {"[", {}},
        {"{a", {}},
    };
    for (const auto& one : cases) EXPECT_EQ(found(files, one.pattern), one.names) << one.pattern;
}

TEST(Glob, TakesANameWithMagicLiterallyWhereItIsThere) {
    const test::FakeFiles files{{"/p/a[1].sql", ""}, {"/p/a1.sql", ""}};
    EXPECT_EQ(found(files, "a[1].sql"), Names{"/p/a[1].sql"});
}

TEST(Glob, GivesEachFileOnce) {
    // As a ConfigMap's volume has them.
    test::FakeFiles files{{"/p/..2024/a.sql", ""}, {"/p/..2024/b.sql", ""}};
    files.link("/p/..data", "/p/..2024").link("/p/a.sql", "/p/..data/a.sql").link("/p/b.sql", "/p/..data/b.sql").link("/p/also_a.sql", "/p/a.sql");
    EXPECT_EQ(found(files, "*.sql"), (Names{"/p/a.sql", "/p/b.sql"}));
    EXPECT_EQ(found(files, "**/*.sql"), (Names{"/p/a.sql", "/p/b.sql"}));
}

TEST(Glob, DoesNotGoRoundInCircles) {
    test::FakeFiles files{{"/p/a/x.sql", ""}};
    files.link("/p/a/up", "/p").link("/p/a/self", "/p/a");
    EXPECT_EQ(found(files, "**/*.sql"), Names{"/p/a/x.sql"});
}

TEST(Glob, FollowsLinksToFolders) {
    test::FakeFiles files{{"/elsewhere/x.sql", ""}, {"/p/y.txt", ""}};
    files.link("/p/there", "/elsewhere");
    EXPECT_EQ(found(files, "**/*.sql"), Names{"/p/there/x.sql"});
    EXPECT_EQ(found(files, "there/*.sql"), Names{"/p/there/x.sql"});
}

TEST(Glob, GivesALinkToNothingWithoutAStat) {
    test::FakeFiles files{{"/p/a.sql", ""}};
    files.link("/p/b.sql", "/gone.sql");
    for (const char* pattern : {"*.sql", "**"}) {
        const auto matches = glob(files, "/p", pattern);
        ASSERT_TRUE(matches && matches->size() == 2) << pattern;
        EXPECT_TRUE(matches->at(0).stat && !matches->at(1).stat && matches->at(1).path == "/p/b.sql") << pattern;
    }
    EXPECT_EQ(found(files, "b.sql"), Names{});
}

TEST(Glance, IsOfOneMoment) {
    test::FakeFiles files{{"/p/a.sql", "a"}};
    const Glance glance(files);
    EXPECT_EQ(found(glance, "*.sql"), Names{"/p/a.sql"});
    files.add("/p/b.sql", "b");
    EXPECT_EQ(found(glance, "*.sql"), Names{"/p/a.sql"});
    EXPECT_EQ(glance.list("/p").value(), Names{"a.sql"});
    EXPECT_EQ(found(files, "*.sql"), (Names{"/p/a.sql", "/p/b.sql"}));
    EXPECT_EQ(found(Glance(files), "*.sql"), (Names{"/p/a.sql", "/p/b.sql"}));
    EXPECT_FALSE(Glance(files).stats("/none"));
}

TEST(Glob, KnowsMagic) {
    for (const char* pattern : {"*", "a?", "[a]", "{a,b}", "x/**/y"}) EXPECT_TRUE(is_glob(pattern)) << pattern;
    for (const char* pattern : {"", "a.sql", "a/b-c_d.sql", "a]"}) EXPECT_FALSE(is_glob(pattern)) << pattern;
}

}  // namespace
}  // namespace pgprimer::io
