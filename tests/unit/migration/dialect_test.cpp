#include "pgprimer/migration/dialect.hpp"

#include <gtest/gtest.h>

#include "pgprimer/sql/reader.hpp"
#include "support/fake_files.hpp"

namespace pgprimer::migration {
namespace {

using Lines = std::vector<std::string>;
using Contents = std::initializer_list<std::pair<const std::string, std::string>>;

Result<Folders> loaded(const test::FakeFiles& files, const std::string& wanted = "") {
    const std::vector<io::fs::path> folders{"/m"};
    return load(files, folders, wanted, {{"schema", "app"}}, "/");
}

// "1 add_index", with "R" where it is repeatable and "!" where it wants no transaction; or the error.
Lines told(const Result<Folders>& folders) {
    if (!folders) return {"error " + folders.error().message};
    Lines out{folders->dialect};
    for (const auto& v : folders->versions) out.push_back((v.repeatable ? "R " : "") + std::string(v.transaction ? "" : "! ") + v.id + " " + v.name);
    return out;
}

struct Nothing final : sql::Surroundings {
    [[nodiscard]] std::optional<std::string> variable(const std::string&) const override { return std::nullopt; }
};

// The statements of a version's up part, with their lines.
Lines up_of(const test::FakeFiles& files, const Version& version) {
    const Nothing nothing;
    Lines out;
    auto reader = sql::Reader::open(files, version.up, nothing);
    while (reader) {
        const auto item = reader->next();
        if (!item) out.push_back("error " + item.error().message);
        if (!item || std::holds_alternative<sql::End>(*item)) break;
        const auto& statement = std::get<sql::Statement>(*item);
        out.push_back(std::to_string(statement.place.line) + ": " + statement.text);
    }
    return out;
}

const std::string broken = "\"/m/";

TEST(Detection, TellsTheDialects) {
    const struct {
        const char* what;
        Contents contents;
        const char* dialect;
    } cases[] = {
        {"golang-migrate", {{"/m/1_a.up.sql", ""}, {"/m/1_a.down.sql", ""}}, "golang-migrate"},
        {"flyway", {{"/m/V1__a.sql", ""}}, "flyway"},
        {"flyway, repeatable only", {{"/m/R__a.sql", ""}}, "flyway"},
        {"flyway, in folders", {{"/m/2024/V1__a.sql", ""}}, "flyway"},
        {"dbmate", {{"/m/1_a.sql", "-- migrate:up\nSELECT 1;\n-- migrate:down\n"}}, "dbmate"},
        {"goose", {{"/m/1_a.sql", "-- +goose Up\nSELECT 1;\n"}}, "goose"},
        {"plain", {{"/m/1_a.sql", "SELECT 1;\n"}}, "plain"},
        {"plain, packed", {{"/m/1_a.sql.gz", ""}}, "plain"},
        {"with a file that is none", {{"/m/README.md", ""}, {"/m/1-a.sql", "SELECT 1;\n"}}, "plain"},
    };
    for (const auto& test : cases) {
        const auto folders = loaded(test::FakeFiles(test.contents));
        ASSERT_TRUE(folders) << test.what << ": " << folders.error().message;
        EXPECT_EQ(folders->dialect, test.dialect) << test.what;
    }
}

TEST(Detection, NeverTakesAFileWithADownPartForPlain) {
    const test::FakeFiles dbmate{{"/m/1_a.sql", "SELECT 1;\n"}, {"/m/2_b.sql", "-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 2;\n"}};
    EXPECT_EQ(told(loaded(dbmate)), Lines{"error " + broken + "1_a.sql\" has no line `-- migrate:up`"});
    const test::FakeFiles goose{{"/m/1_a.sql", "SELECT 1;\n"}, {"/m/2_b.sql", "-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 2;\n"}};
    EXPECT_EQ(told(loaded(goose)), Lines{"error " + broken + "1_a.sql\" has no line `-- +goose Up`"});
}

TEST(Detection, SaysWhatItSaw) {
    auto refused = loaded(test::FakeFiles{{"/m/a.sql", ""}, {"/m/b.txt", ""}, {"/m/c", ""}, {"/m/d", ""}});
    EXPECT_EQ(told(refused), Lines{"error no migrations were recognised in \"/m\""});
    EXPECT_EQ(refused.error().detail, "found a.sql, b.txt, c, ...");
    EXPECT_NE(refused.error().hint.find("flyway, golang-migrate, dbmate, goose, plain"), std::string::npos);
    test::FakeFiles empty;
    empty.folder("/m");
    refused = loaded(empty);
    EXPECT_EQ(refused.error().detail, "the folder is empty");
    EXPECT_TRUE(loaded(test::FakeFiles{}).has_error());
    EXPECT_TRUE(loaded(test::FakeFiles{{"/m", ""}}).has_error());
}

TEST(Detection, IsNotNeededWhereTheDialectIsNamed) {
    const test::FakeFiles files{{"/m/1_a.up.sql", "SELECT 1;"}};
    EXPECT_EQ(told(loaded(files, "plain")), (Lines{"plain", "1 a.up"}));
    EXPECT_EQ(told(loaded(files, "golang-migrate")), (Lines{"golang-migrate", "1 a"}));
    const auto unknown = loaded(files, "gose");
    EXPECT_EQ(told(unknown), Lines{"error there is no dialect \"gose\""});
    EXPECT_EQ(unknown.error().hint, "did you mean \"goose\"?");
    test::FakeFiles empty;
    empty.folder("/m");
    EXPECT_EQ(told(loaded(empty, "plain")), Lines{"plain"});
}

TEST(Folders, AreOneHistory) {
    const test::FakeFiles files{{"/a/1_x.sql", ""}, {"/a/3_x.sql", ""}, {"/b/2_x.sql", ""}, {"/c/V4__x.sql", ""}, {"/d/3_y.sql", ""}};
    const auto of = [&files](std::vector<io::fs::path> folders) { return load(files, folders, "", {}, "/a"); };
    const auto both = of({"/a", "/b"});
    EXPECT_EQ(told(both), (Lines{"plain", "1 x", "2 x", "3 x"}));
    EXPECT_EQ(both->versions[0].up.name, "1_x.sql");
    EXPECT_EQ(both->versions[1].up.name, "/b/2_x.sql");  // outside the configuration's folder
    EXPECT_EQ(both->versions[1].up.path, "/b/2_x.sql");
    EXPECT_EQ(told(of({"/a", "/c"})), Lines{"error \"/c\" is written for flyway, the folders before it for plain"});
    const auto twice = of({"/a", "/d"});
    EXPECT_EQ(told(twice), Lines{"error two files of one version: \"/a/3_x.sql\" and \"/d/3_y.sql\""});
    EXPECT_EQ(twice.error().place.file, "/d/3_y.sql");
}

TEST(Folders, SkipHiddenNames) {
    test::FakeFiles files{{"/m/..2024/1_a.sql", "SELECT 1;"}};
    files.link("/m/..data", "/m/..2024").link("/m/1_a.sql", "/m/..data/1_a.sql");
    EXPECT_EQ(told(loaded(files)), (Lines{"plain", "1 a"}));
}

TEST(GolangMigrate, ReadsItsFolder) {
    const struct {
        const char* what;
        Contents contents;
        Lines lines;
    } cases[] = {
        {"numbers",
         {{"/m/000010_b.up.sql", ""}, {"/m/9_a.up.sql", ""}, {"/m/9_a.down.sql", ""}, {"/m/README.md", ""}},
         {"golang-migrate", "9 a", "10 b"}},
        {"timestamps", {{"/m/20240131120000_add_t.up.sql", ""}}, {"golang-migrate", "20240131120000 add_t"}},
        {"no title", {{"/m/1_.up.sql", ""}}, {"golang-migrate", "1 "}},
        {"one without .up", {{"/m/1_a.up.sql", ""}, {"/m/2_b.sql", ""}}, {"error " + broken + "2_b.sql\" is not named as golang-migrate wants it"}},
        {"one without a version",
         {{"/m/1_a.up.sql", ""}, {"/m/b.up.sql", ""}},
         {"error " + broken + "b.up.sql\" is not named as golang-migrate wants it"}},
        {"one without _", {{"/m/1_a.up.sql", ""}, {"/m/2.up.sql", ""}}, {"error " + broken + "2.up.sql\" is not named as golang-migrate wants it"}},
        {"one version twice",
         {{"/m/1_a.up.sql", ""}, {"/m/01_b.up.sql", ""}},
         {"error two files of one version: \"/m/01_b.up.sql\" and \"/m/1_a.up.sql\""}},
    };
    for (const auto& test : cases) EXPECT_EQ(told(loaded(test::FakeFiles(test.contents))), test.lines) << test.what;
    const test::FakeFiles files{{"/m/1_a.up.sql", "SELECT 1;\n-- migrate:down\nSELECT 2;\n"}};
    EXPECT_EQ(up_of(files, loaded(files)->versions[0]), (Lines{"1: SELECT 1", "3: SELECT 2"}));
}

TEST(Dbmate, ReadsItsFolder) {
    const std::string up = "-- migrate:up\nSELECT 1;\n";
    const struct {
        const char* what;
        Contents contents;
        Lines lines;
    } cases[] = {
        {"two", {{"/m/20240131120000_a.sql", up}, {"/m/9_b.sql", up}, {"/m/x.txt", ""}}, {"dbmate", "9 b", "20240131120000 a"}},
        {"keeps zeros in the version", {{"/m/001_a.sql", up}}, {"dbmate", "001 a"}},
        {"no transaction",
         {{"/m/1_a.sql", "-- migrate:up transaction:false\nSELECT 1;\n"}, {"/m/2_a.sql", "--migrate:up   transaction:true\n"}},
         {"dbmate", "! 1 a", "2 a"}},
        {"a transaction's option of the down part", {{"/m/1_a.sql", up + "-- migrate:down transaction:false\n"}}, {"dbmate", "1 a"}},
        {"no up", {{"/m/1_a.sql", up}, {"/m/2_b.sql", "SELECT 1;"}}, {"error " + broken + "2_b.sql\" has no line `-- migrate:up`"}},
        {"down first",
         {{"/m/1_a.sql", "-- migrate:down\n-- migrate:up\n"}},
         {"error " + broken + "1_a.sql\" has `-- migrate:down` before `-- migrate:up`"}},
        {"text before up",
         {{"/m/1_a.sql", "-- c\n\nSELECT 0;\n" + up}},
         {"error " + broken + "1_a.sql\" has text before `-- migrate:up`, which dbmate refuses and nobody would run"}},
        {"no version", {{"/m/1_a.sql", up}, {"/m/b.sql", up}}, {"error " + broken + "b.sql\" has no version"}},
        {"one version twice", {{"/m/1_a.sql", up}, {"/m/1_b.sql", up}}, {"error two files of one version: \"/m/1_a.sql\" and \"/m/1_b.sql\""}},
    };
    for (const auto& test : cases) EXPECT_EQ(told(loaded(test::FakeFiles(test.contents))), test.lines) << test.what;
}

TEST(Dbmate, RunsTheUpPart) {
    for (const std::string end : {"\n", "\r\n"}) {
        const std::string text =
            "\xEF\xBB\xBF-- c" + end + "-- migrate:up" + end + "SELECT 1;" + end + "SELECT 2;" + end + "-- migrate:down" + end + "SELECT 3;" + end;
        test::FakeFiles files{{"/m/1_a.sql", text}};
        for (const std::size_t chunk : {0U, 1U, 3U}) {
            files.chunks(test::chunks_of(chunk));
            EXPECT_EQ(up_of(files, loaded(files)->versions.at(0)), (Lines{"3: SELECT 1", "4: SELECT 2"}));
        }
    }
    const test::FakeFiles bom{{"/m/1_a.sql", "\xEF\xBB\xBF-- migrate:up\nSELECT 1;"}};
    EXPECT_EQ(up_of(bom, loaded(bom)->versions.at(0)), Lines{"2: SELECT 1"});
    const test::FakeFiles empty{{"/m/1_a.sql", "-- migrate:up\n-- migrate:down\nSELECT 1;"}};
    EXPECT_EQ(up_of(empty, loaded(empty)->versions.at(0)), Lines{});
    const test::FakeFiles last{{"/m/1_a.sql", "-- migrate:up"}};
    EXPECT_EQ(up_of(last, loaded(last)->versions.at(0)), Lines{});
}

TEST(Goose, ReadsItsFolder) {
    const std::string up = "-- +goose Up\nSELECT 1;\n";
    const struct {
        const char* what;
        Contents contents;
        Lines lines;
    } cases[] = {
        {"two", {{"/m/00010_b.sql", up}, {"/m/9_a.sql", up}}, {"goose", "9 a", "10 b"}},
        {"no transaction",
         {{"/m/1_a.sql", "-- +goose NO TRANSACTION\n" + up}, {"/m/2_a.sql", up + "-- +goose NO TRANSACTION\n"}, {"/m/3_a.sql", up}},
         {"goose", "! 1 a", "! 2 a", "3 a"}},
        {"the prefix in another case",
         {{"/m/1_a.sql", up}, {"/m/2_a.sql", "-- +GOOSE up\n"}},
         {"error " + broken + "2_a.sql\" has no line `-- +goose Up`"}},
        {"marks in any case", {{"/m/1_a.sql", "-- +goose no transaction\n-- +goose up\n"}}, {"goose", "! 1 a"}},
        {"no up", {{"/m/1_a.sql", up}, {"/m/2_b.sql", "-- +goose Down\n"}}, {"error " + broken + "2_b.sql\" has no line `-- +goose Up`"}},
        {"text before up",
         {{"/m/1_a.sql", "-- c\n\nSELECT 0;\n" + up}},
         {"error " + broken + "1_a.sql\" has text before `-- +goose Up`, which goose refuses and nobody would run"}},
        {"down first",
         {{"/m/1_a.sql", "-- +goose Down\nSELECT 0;\n" + up}},
         {"error " + broken + "1_a.sql\" has `-- +goose Down` before `-- +goose Up`"}},
        {"two ups",
         {{"/m/1_a.sql", up + "-- +goose Down\n" + up}},
         {"error " + broken + "1_a.sql\" has a second `-- +goose Up`, which goose refuses"}},
        {"in Go",
         {{"/m/1_a.sql", up}, {"/m/2_b.go", ""}, {"/m/main.go", ""}},
         {"error " + broken + "2_b.go\" is a migration in Go, which only a program built with it can run"}},
        {"a test in Go", {{"/m/1_a.sql", up}, {"/m/2_b_test.go", ""}}, {"goose", "1 a"}},
        {"no version", {{"/m/1_a.sql", up}, {"/m/b.sql", up}}, {"error " + broken + "b.sql\" has no version"}},
        {"ENVSUB",
         {{"/m/1_a.sql", "-- +goose ENVSUB ON\n" + up}},
         {"error " + broken + "1_a.sql\" asks for ENVSUB, which is not available in this version"}},
        {"ENVSUB OFF", {{"/m/1_a.sql", "-- +goose ENVSUB OFF\n" + up}}, {"goose", "1 a"}},
        {"an open block",
         {{"/m/1_a.sql", up + "-- +goose StatementBegin\n"}},
         {"error " + broken + "1_a.sql\" begins a statement (StatementBegin) and never ends it"}},
        {"a block within a block",
         {{"/m/1_a.sql", up + "-- +goose StatementBegin\n-- +goose StatementBegin\n"}},
         {"error " + broken + "1_a.sql\" begins a statement inside another"}},
        {"an end without a block",
         {{"/m/1_a.sql", up + "-- +goose StatementEnd\n"}},
         {"error " + broken + "1_a.sql\" ends a statement that was not begun"}},
        {"an unknown mark",
         {{"/m/1_a.sql", up + "-- +goose Upp\n"}},
         {"error " + broken + "1_a.sql\" has a mark that goose does not know: +goose Upp"}},
    };
    for (const auto& test : cases) EXPECT_EQ(told(loaded(test::FakeFiles(test.contents))), test.lines) << test.what;
    EXPECT_EQ(loaded(test::FakeFiles{{"/m/1_a.sql", up + "-- +goose Upp\n"}}).error().place.line, 3);
}

TEST(Goose, RunsTheUpPart) {
    const test::FakeFiles files{
        {"/m/1_a.sql",
         "-- c\n-- +goose Up\nSELECT 1;\n-- +goose StatementBegin\nDO $$ a; $$;\nSELECT 2;\n-- +goose StatementEnd\n-- +goose Down\nSELECT 3;\n"}};
    EXPECT_EQ(up_of(files, loaded(files)->versions.at(0)), (Lines{"3: SELECT 1", "5: DO $$ a; $$;\nSELECT 2;"}));
}

TEST(Flyway, ReadsItsFolder) {
    const struct {
        const char* what;
        Contents contents;
        Lines lines;
    } cases[] = {
        {"versions", {{"/m/V1__a.sql", ""}, {"/m/V10__c.sql", ""}, {"/m/V2__b.sql", ""}}, {"flyway", "1 a", "2 b", "10 c"}},
        {"parts", {{"/m/V1.10__c.sql", ""}, {"/m/V1_2__b.sql", ""}, {"/m/V1__a.sql", ""}}, {"flyway", "1 a", "1.2 b", "1.10 c"}},
        {"repeatables last, by name",
         {{"/m/R__b.sql", ""}, {"/m/V1__x.sql", ""}, {"/m/R__a_view.sql", ""}},
         {"flyway", "1 x", "R R__a_view a_view", "R R__b b"}},
        {"folders", {{"/m/V1__a.sql", ""}, {"/m/x/V2__b.sql", ""}, {"/m/x/y/V3__c.sql", ""}}, {"flyway", "1 a", "2 b", "3 c"}},
        {"undo, baseline, others", {{"/m/V1__a.sql", ""}, {"/m/U1__a.sql", ""}, {"/m/B1__a.sql", ""}, {"/m/README.md", ""}}, {"flyway", "1 a"}},
        {"callbacks",
         {{"/m/V1__a.sql", ""}, {"/m/beforeMigrate.sql", ""}},
         {"error " + broken + "beforeMigrate.sql\" is a callback of Flyway, and callbacks are not available in this version"}},
        {"no transaction",
         {{"/m/V1__a.sql", ""},
          {"/m/V1__a.sql.conf", "a=b\r\n executeInTransaction = FALSE\r\n"},
          {"/m/V2__b.sql", ""},
          {"/m/V2__b.sql.conf", "executeInTransaction=true"}},
         {"flyway", "! 1 a", "2 b"}},
        {"one underscore", {{"/m/V1__a.sql", ""}, {"/m/V2_b.sql", ""}}, {"error " + broken + "V2_b.sql\" is not named as Flyway wants it"}},
        {"lower case", {{"/m/V1__a.sql", ""}, {"/m/v2__b.sql", ""}}, {"error " + broken + "v2__b.sql\" is not named as Flyway wants it"}},
        {"packed",
         {{"/m/V1__a.sql", ""}, {"/m/V2__b.sql.gz", ""}},
         {"error " + broken + "V2__b.sql.gz\" would be left out: its name does not end in .sql"}},
        {"packed, in a folder within",
         {{"/m/V1__a.sql", ""}, {"/m/x/V2__b.sql.gz", ""}},
         {"error " + broken + "x/V2__b.sql.gz\" would be left out: its name does not end in .sql"}},
        {"no number", {{"/m/V1.x__a.sql", ""}}, {"error " + broken + "V1.x__a.sql\" has \"1.x\" for a version, which is not made of numbers"}},
        {"one version twice",
         {{"/m/V1__a.sql", ""}, {"/m/x/V1.0__b.sql", ""}},
         {"error two files of one version: \"/m/V1__a.sql\" and \"/m/x/V1.0__b.sql\""}},
        {"one repeatable twice",
         {{"/m/R__a.sql", ""}, {"/m/x/R__a.sql", ""}},
         {"error two files of one version: \"/m/R__a.sql\" and \"/m/x/R__a.sql\""}},
    };
    for (const auto& test : cases) EXPECT_EQ(told(loaded(test::FakeFiles(test.contents))), test.lines) << test.what;
    const test::FakeFiles files{{"/m/V1__a.sql", "CREATE TABLE ${schema}.t ();"}};
    EXPECT_EQ(up_of(files, loaded(files)->versions.at(0)), Lines{"1: CREATE TABLE app.t ()"});
}

TEST(Plain, ReadsItsFolder) {
    const struct {
        const char* what;
        Contents contents;
        Lines lines;
    } cases[] = {
        {"names", {{"/m/10.sql", ""}, {"/m/009-b.sql", ""}, {"/m/1_a.sql", ""}, {"/m/x.txt", ""}}, {"plain", "1 a", "009 b", "10 "}},
        {"packed", {{"/m/1_a.sql.gz", ""}, {"/m/2_b.sql.xz", ""}, {"/m/3_c.sql.zst", ""}}, {"plain", "1 a", "2 b", "3 c"}},
        {"numbers of any length",
         {{"/m/99999999999999999999999_b.sql", ""}, {"/m/100000000000000000000000_c.sql", ""}},
         {"plain", "99999999999999999999999 b", "100000000000000000000000 c"}},
        {"no number", {{"/m/1_a.sql", ""}, {"/m/b.sql", ""}}, {"error " + broken + "b.sql\" has no number to order it by"}},
        {"upper case",
         {{"/m/1_a.sql", ""}, {"/m/2_b.SQL", ""}},
         {"error " + broken + "2_b.SQL\" would be left out: its name does not end in .sql or .sql.gz, .sql.xz, .sql.zst"}},
        {"upper case, packed",
         {{"/m/1_a.sql", ""}, {"/m/2_b.SQL.gz", ""}},
         {"error " + broken + "2_b.SQL.gz\" would be left out: its name does not end in .sql or .sql.gz, .sql.xz, .sql.zst"}},
        {"no separator", {{"/m/1_a.sql", ""}, {"/m/2b.sql", ""}}, {"error " + broken + "2b.sql\" has no number to order it by"}},
        {"one version twice",
         {{"/m/1_a.sql", ""}, {"/m/01_b.sql.gz", ""}},
         {"error two files of one version: \"/m/01_b.sql.gz\" and \"/m/1_a.sql\""}},
    };
    for (const auto& test : cases) EXPECT_EQ(told(loaded(test::FakeFiles(test.contents))), test.lines) << test.what;
}

TEST(Syntax, IsTheDialects) {
    const struct {
        Contents contents;
        sql::Syntax syntax;
    } cases[] = {
        {{{"/m/1_a.up.sql", ""}}, sql::Syntax::plain},
        {{{"/m/1_a.sql", "-- migrate:up\n"}}, sql::Syntax::plain},
        {{{"/m/1_a.sql", "-- +goose Up\n"}}, sql::Syntax::goose},
        {{{"/m/V1__a.sql", ""}}, sql::Syntax::flyway},
        {{{"/m/1_a.sql", ""}}, sql::Syntax::psql},
    };
    for (const auto& test : cases) EXPECT_EQ(loaded(test::FakeFiles(test.contents))->versions.at(0).up.syntax, test.syntax);
}

TEST(Checksums, AreOfTheWholeFile) {
    const auto sum = [](const std::string& text) {
        const test::FakeFiles files{{"/m/1_a.sql", text}};
        auto folders = loaded(files, "dbmate");
        EXPECT_TRUE(folders && load_checksums(files, *folders)) << text;
        return folders ? folders->versions.at(0).checksum : "";
    };
    const std::string base = sum("-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 2;\n");
    EXPECT_EQ(base.size(), 64U);
    EXPECT_EQ(sum("\xEF\xBB\xBF-- migrate:up\r\nSELECT 1;\r\n-- migrate:down\r\nSELECT 2;\r\n"), base);
    EXPECT_NE(sum("-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 3;\n"), base);
    test::FakeFiles files{{"/m/1_a.sql", "SELECT 1;"}};
    auto folders = loaded(files);
    files.refuse("/m/1_a.sql");
    EXPECT_TRUE(load_checksums(files, *folders).has_error());
}

}  // namespace
}  // namespace pgprimer::migration
