#include "pgprimer/sql/reader.hpp"

#include <gtest/gtest.h>

#include "items.hpp"

namespace pgprimer::sql {
namespace {

struct ReaderCase {
    const char* what;
    std::string text;
    Items items;
};

void expect_read(const std::vector<ReaderCase>& cases, const Values& values = {}, const Script& script = script_of()) {
    for (const auto& one : cases) {
        const auto items = items_of(one.text, values, script);
        EXPECT_EQ(items, one.items) << one.what;
        for (const std::size_t size : {1U, 2U, 3U, 7U})
            EXPECT_EQ(items_of(one.text, values, script, test::chunks_of(size)), items) << one.what << ", in pieces of " << size;
    }
}

TEST(Reader, SplitsStatementsAsPsqlDoes) {
    expect_read({
        {"nothing", "", {}},
        {"space", " \n\t\n", {}},
        {"comments only", "-- a\n/* b\n c */\n", {}},
        {"empty statements", ";;\n ; /* x */ ;\n", {}},
        {"one", "SELECT 1;\n", {"1:1 SELECT 1"}},
        {"no semicolon at the end", "SELECT 1;\nSELECT 2", {"1:1 SELECT 1", "2:1 SELECT 2"}},
        {"no line feed at the end", "SELECT 1;", {"1:1 SELECT 1"}},
        {"two in a line", "SELECT 1; SELECT 2;", {"1:1 SELECT 1", "1:11 SELECT 2"}},
        {"over lines", "SELECT\n  1\n;\n", {"1:1 SELECT\n  1\n"}},
        {"comment before", "-- c\n/* d */ SELECT 1;", {"2:9 SELECT 1"}},
        {"comment of several lines before", "/* a\nb */\n\n  SELECT 1;", {"4:3 SELECT 1"}},
        {"comment behind", "SELECT 1 -- c;\n, 2;", {"1:1 SELECT 1 -- c;\n, 2"}},
        {"nested comments", "/* a /* ; */ ' */ SELECT 1;", {"1:19 SELECT 1"}},
        {"nested comment inside", "SELECT /* a /* ; */ ; */ 1;", {"1:1 SELECT /* a /* ; */ ; */ 1"}},
        {"strings", "SELECT 'a;''b\n;c', \"x;\"\"y\", E'\\';';", {"1:1 SELECT 'a;''b\n;c', \"x;\"\"y\", E'\\';'"}},
        {"a backslash in a standard string", "SELECT '\\'; SELECT 2;", {"1:1 SELECT '\\'", "1:13 SELECT 2"}},
        {"dollar quotes", "DO $$ BEGIN; END $$; SELECT $a$ $$ ; $b$ $a$;", {"1:1 DO $$ BEGIN; END $$", "1:22 SELECT $a$ $$ ; $b$ $a$"}},
        {"dollar signs in names and parameters", "SELECT a$b, $1; SELECT 2;", {"1:1 SELECT a$b, $1", "1:17 SELECT 2"}},
        {"BEGIN ATOMIC",
         "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END; SELECT 3;",
         {"1:1 CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END", "1:95 SELECT 3"}},
        {"BEGIN as transaction control", "BEGIN; SELECT 1; END;", {"1:1 BEGIN", "1:8 SELECT 1", "1:18 END"}},
        {"CREATE RULE",
         "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2); SELECT 3;",
         {"1:1 CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)", "1:63 SELECT 3"}},
        {"empty ones joined", "\\; ;\n\\;", {}},
        {"joined to nothing", "SELECT 1\\;", {"1:1 SELECT 1"}},
        {"joined", "SELECT 1\\; SELECT 2; SELECT 3;", {"1:1 * SELECT 1; SELECT 2", "1:22 SELECT 3"}},
        {"not joined, inside quotes", "SELECT '\\;', $$\\;$$;", {"1:1 SELECT '\\;', $$\\;$$"}},
        {"CRLF", "SELECT 1,\r\n 2;\r\nSELECT 3;\r\n", {"1:1 SELECT 1,\r\n 2", "3:1 SELECT 3"}},
        {"BOM", "\xEF\xBB\xBFSELECT 1;", {"1:1 SELECT 1"}},
        {"a BOM alone", "\xEF\xBB\xBF", {}},
        {"characters, not bytes", "/* h\xC3\xA9 */ SELECT '\xE2\x82\xAC'; SELECT 2;", {"1:10 SELECT '\xE2\x82\xAC'", "1:22 SELECT 2"}},
    });
}

TEST(Reader, NumbersStatements) {
    const Values values;
    Reader reader(test::source_of("SELECT 1;\n;\n-- c\nSELECT 2;\n\\echo x\nSELECT 3"), script_of(), values);
    std::vector<int> numbers;
    while (true) {
        const auto item = reader.next();
        ASSERT_TRUE(item);
        if (std::holds_alternative<End>(*item)) break;
        if (const auto* statement = std::get_if<Statement>(&*item)) numbers.push_back(statement->number);
    }
    EXPECT_EQ(numbers, (std::vector<int>{1, 2, 3}));
    EXPECT_TRUE(std::holds_alternative<End>(*reader.next()));  // and again
}

TEST(Reader, ReadsAPartWithThePlacesOfItsFile) {
    const std::string text = "-- up\nSELECT 1;\nSELECT 2;\n-- down\nSELECT 3;\n";
    auto part = script_of(Syntax::plain);
    part.begin = 6;
    part.end = text.find("-- down");
    part.first_line = 2;
    for (const std::size_t size : {0U, 1U, 5U})
        EXPECT_EQ(items_of(text, Values(), part, test::chunks_of(size)), (Items{"2:1 SELECT 1", "3:1 SELECT 2"}));
    part.end = part.begin;
    EXPECT_EQ(items_of(text, Values(), part), Items{});
}

TEST(Reader, ReadsMetaCommandsWithPsqlsQuoting) {
    const Values values{{"x", "it's"}, {"name", "My Table"}, {"n", "5"}};
    expect_read(
        {
            {"plain", "\\echo a  b\t c\n", {"1:1 \\echo|a|b|c"}},
            {"none", "\\x\n", {"1:1 \\x"}},
            {"indented", "  \\echo a\n", {"1:3 \\echo|a"}},
            {"single quotes", R"(\echo 'a b' 'it''s' '\n\t\x41\101\q' x'y'z)", {"1:1 \\echo|a b|it's|\n\tAAq|xyz"}},
            {"double quotes stay", "\\echo \"a b\" x\"y z\"", {"1:1 \\echo|\"a b\"|x\"y z\""}},
            {"but not for \\connect", "\\connect \"my \"\"db\"\"\"", {"1:1 \\connect|my \"db\""}},
            {"variables", "\\echo :x :'x' :\"name\" :{?x} :{?none} a:n.b", {"1:1 \\echo|it's|'it''s'|\"My Table\"|TRUE|FALSE|a5.b"}},
            {"no variable of that name", "\\echo :none :'none' a::int :", {"1:1 \\echo|:none|:'none'|a::int|:"}},
            {"none inside quotes", "\\echo ':x'", {"1:1 \\echo|:x"}},
            {"an empty argument", "\\set a ''", {"1:1 \\set|a|"}},
            {"two commands", "\\echo a\\echo b", {"1:1 \\echo|a", "1:8 \\echo|b"}},
            {"separated from SQL", "\\echo a \\\\ SELECT 1;", {"1:1 \\echo|a", "1:12 SELECT 1"}},
            {"CRLF", "\\echo a\r\nSELECT 1;\r\n", {"1:1 \\echo|a", "2:1 SELECT 1"}},
            {"inside a statement", "SELECT 1\n\\echo x\n+ 2;", {"2:1 \\echo|x", "1:1 SELECT 1\n+ 2"}},
            {"no command inside quotes", "SELECT '\n\\echo x\n';", {"1:1 SELECT '\n\\echo x\n'"}},
            {"unterminated quote", "\\echo 'a b", {"error 1:7 unterminated quoted string in \\echo"}},
            {"unterminated double quote", "\\echo \"a b", {"error 1:7 unterminated quoted string in \\echo"}},
            {"backticks", "\\set a `id`", {"error 1:8 backticks run a program, which is off here"}},
        },
        values);
}

TEST(Reader, ReplacesVariables) {
    const Values values{{"x", "it's"}, {"n", "5"}, {"name", "My \"T\""}, {"sql", "1, 2"}, {"two", "SELECT 1; SELECT 2"}, {"self", ":self + 1"}};
    expect_read(
        {
            {"plain", "SELECT :n, :sql;", {"1:1 SELECT 5, 1, 2"}},
            {"literal", "SELECT :'x';", {"1:1 SELECT 'it''s'"}},
            {"identifier", "SELECT * FROM :\"name\";", {"1:1 SELECT * FROM \"My \"\"T\"\"\""}},
            {"test", "SELECT :{?n}, :{?none};", {"1:1 SELECT TRUE, FALSE"}},
            {"unknown", "SELECT :none, :'none';", {"1:1 SELECT :none, :'none'"}},
            {"casts and slices", "SELECT a::int, b[1:n], c[1 :n];", {"1:1 SELECT a::int, b[15], c[1 5]"}},
            {"not in quotes and comments", "SELECT ':n', $$:n$$, \":n\" /* :n */;", {"1:1 SELECT ':n', $$:n$$, \":n\" /* :n */"}},
            {"a semicolon in the value", ":two;", {"1:1 SELECT 1", "1:1 SELECT 2"}},
            {"itself is not replaced again", "SELECT :self;", {"1:1 SELECT :self + 1"}},
        },
        values);
}

TEST(Reader, ReplacesNoVariablesOutsidePsql) {
    const Values values{{"n", "5"}};
    for (const auto syntax : {Syntax::plain, Syntax::goose, Syntax::flyway})
        EXPECT_EQ(items_of("SELECT :n, :'n';", values, script_of(syntax)), Items{"1:1 SELECT :n, :'n'"});
}

TEST(Reader, RefusesMetaCommandsOutsidePsql) {
    for (const auto syntax : {Syntax::plain, Syntax::goose, Syntax::flyway}) {
        EXPECT_EQ(items_of("SELECT 1;\n  \\echo a\n", Values(), script_of(syntax)),
                  (Items{"1:1 SELECT 1", "error 2:3 psql's commands (\\) are not part of a migration's SQL"}));
    }
}

TEST(Reader, FollowsStandardConformingStrings) {
    Values values;
    values.standard = false;
    EXPECT_EQ(items_of("SELECT '\\'; SELECT 2;';", values), Items{"1:1 SELECT '\\'; SELECT 2;'"});
}

TEST(Reader, FollowsTheClientEncoding) {
    Values values;
    values.encoding = "SJIS";  // the second byte of this character is a backslash
    EXPECT_EQ(items_of("SELECT '\x83\x5C' AS a;", values), Items{"1:1 SELECT '\x83\x5C' AS a"});
    values.encoding = "NO_SUCH";
    EXPECT_EQ(items_of("SELECT 1;", values), Items{"1:1 SELECT 1"});
}

TEST(Reader, SaysWhereAnOpenQuoteBegins) {
    const std::string quoted = "unterminated quoted string ('): it is opened here and the file ends without its end";
    const std::string name = "unterminated quoted name (\"): it is opened here and the file ends without its end";
    const std::string comment = "unterminated comment (/*): it is opened here and the file ends without its end";
    const std::string dollar = "unterminated dollar-quoted string ($$): it is opened here and the file ends without its end";
    expect_read({
        {"string", "SELECT 1;\nSELECT 'a;\nb;\n", {"1:1 SELECT 1", "error 2:8 " + quoted}},
        {"after another", "SELECT 'a', 'b;\n", {"error 1:13 " + quoted}},
        {"closed and opened in one line", "SELECT 'a\nb' || 'c\nd", {"error 2:7 " + quoted}},
        {"doubled", "SELECT 'it''s", {"error 1:8 " + quoted}},
        {"escaped", "SELECT E'\\' ;\n", {"error 1:9 " + quoted}},
        {"after multi-byte text", "SELECT 'h\xC3\xA9', 'x", {"error 1:14 " + quoted}},
        {"name", "SELECT \"a's;\n", {"error 1:8 " + name}},
        {"comment", "SELECT 1; /* a\n;", {"1:1 SELECT 1", "error 1:11 " + comment}},
        {"outer comment", "/* a /* b */\n;", {"error 1:1 " + comment}},
        {"dollar quote", "CREATE FUNCTION f() AS $a$\nBEGIN;\n$b$;\n", {"error 1:24 " + dollar}},
        {"dollar quote after another", "SELECT $$x$$, $$y;\n", {"error 1:15 " + dollar}},
        {"parenthesis",
         "SELECT 1;\n SELECT (1;\nSELECT 2;\n",
         {"1:1 SELECT 1", "error 2:2 the statement that begins here ends inside a parenthesis"}},
    });
}

TEST(Reader, ShowsTheLineOfAnOpenQuote) {
    const Values values;
    Reader reader(test::source_of("SELECT 1,\n  'abc\n;\n;\n"), script_of(), values);
    const auto item = reader.next();
    const auto& unfinished = std::get<Statement>(*item).unfinished;
    ASSERT_TRUE(unfinished);
    EXPECT_EQ(unfinished->line_text, "  'abc");
    EXPECT_EQ(unfinished->place.file, "a.sql");
}

TEST(Reader, RefusesWhatIsNoText) {
    expect_read({
        {"an archive", "PGDMP\x01\x0E", {"error 0:0 this is an archive of pg_dump, not SQL"}},
        {"UTF-16, little endian", std::string("\xFF\xFES\0\n\0", 6), {"error 0:0 this is UTF-16 text"}},
        {"UTF-16 without a mark", std::string("S\0E\0L\0\n\0", 8), {"error 0:0 this looks like UTF-16 text: every other byte is NUL"}},
        {"UTF-16, big endian, without a mark", std::string("\0S\0E\0\n", 6), {"error 0:0 this looks like UTF-16 text: every other byte is NUL"}},
        {"UTF-16, big endian", std::string("\xFE\xFF\0S\0\n", 6), {"error 0:0 this is UTF-16 text"}},
        {"gzip under another name", "\x1F\x8B\x08", {"error 0:0 this is gzip data"}},
        {"NUL", std::string("SELECT 1;\nSELECT '\0';", 21), {"1:1 SELECT 1", "error 2:9 a NUL byte: this is not SQL text"}},
    });
}

TEST(Reader, OpensFilesAndUnpacks) {
    const Values values;
    test::FakeFiles files{{"/a/x.sql", "SELECT 1;"}};
    auto script = script_of();
    script.path = "/a";
    EXPECT_EQ(Reader::open(files, script, values).error().message, "\"/a\" is a folder, not a script");
    script.path = "/b.sql";
    EXPECT_TRUE(Reader::open(files, script, values).has_error());
    script.path = "/a/x.sql";
    auto reader = Reader::open(files, script, values);
    ASSERT_TRUE(reader);
    EXPECT_EQ(std::get<Statement>(*reader->next()).text, "SELECT 1");
}

TEST(Goose, TakesABlockAsOneStatement) {
    expect_read(
        {
            {"block",
             "SELECT 1;\n-- +goose StatementBegin\nDO $$ BEGIN; END $$;\nSELECT 2;\n-- +goose StatementEnd\nSELECT 3;\n",
             {"1:1 SELECT 1", "3:1 * DO $$ BEGIN; END $$;\nSELECT 2;", "6:1 SELECT 3"}},
            {"comments in it",
             "-- +goose StatementBegin\n\n-- c\n/* d\n e */ CREATE TABLE t();\n--+goose statementend\n",
             {"5:7 * CREATE TABLE t();"}},
            {"empty", "-- +goose StatementBegin\n-- c\n-- +goose StatementEnd\nSELECT 1;", {"4:1 SELECT 1"}},
            {"open", "SELECT 1;\n-- +goose StatementBegin\nSELECT 2;\n", {"1:1 SELECT 1", "error 2:1 StatementBegin without StatementEnd"}},
            {"other marks are comments", "-- +goose Up\nSELECT 1;\n", {"2:1 SELECT 1"}},
        },
        {}, script_of(Syntax::goose));
}

TEST(Flyway, ReplacesPlaceholders) {
    auto script = script_of(Syntax::flyway);
    script.variables = {{"schema", "app"}, {"long_one", "x"}, {"empty", ""}};
    expect_read(
        {
            {"anywhere",
             "CREATE TABLE ${schema}.t(); SELECT '${schema}${empty}', $$${schema}$$;",
             {"1:1 CREATE TABLE app.t()", "1:29 SELECT 'app', $$app$$"}},
            {"none", "SELECT '$', '{x}', '${';", {"1:1 SELECT '$', '{x}', '${'"}},
            {"unknown", "SELECT 1;\nSELECT ${nope};", {"1:1 SELECT 1", "error 2:8 the placeholder ${nope} has no value"}},
        },
        {}, script);
}

}  // namespace
}  // namespace pgprimer::sql
