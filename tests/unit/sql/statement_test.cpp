#include "pgprimer/sql/statement.hpp"

#include <gtest/gtest.h>

#include "items.hpp"

namespace pgprimer::sql {
namespace {

// The last statement of the script.
Statement last_of(const std::string& text, const Values& values = {}, const Script& script = script_of()) {
    Reader reader(test::source_of(text), script, values);
    Statement out;
    while (true) {
        auto item = reader.next();
        if (!item || std::holds_alternative<End>(*item)) return out;
        if (auto* statement = std::get_if<Statement>(&*item)) out = std::move(*statement);
    }
}

// The server's position of the character that `word` begins with, in the statement as sent.
int position_of(const Statement& s, std::string_view word) {
    const auto at = s.text.find(word);
    EXPECT_NE(at, std::string::npos) << s.text;
    return 1 + static_cast<int>(std::count_if(s.text.begin(), s.text.begin() + static_cast<std::ptrdiff_t>(at),
                                              [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

struct StatementCase {
    const char* what;
    std::string text;
    const char* word;  // in the statement as sent
    int line, column;
    const char* line_text;
};

const std::vector<StatementCase> cases{
    {"first", "SELECT bad;", "SELECT", 1, 1, "SELECT bad;"},
    {"in its line", "SELECT bad;", "bad", 1, 8, "SELECT bad;"},
    {"behind another", "SELECT 1;  SELECT bad;", "bad", 1, 19, "SELECT 1;  SELECT bad;"},
    {"over lines", "SELECT 1,\n\n   bad,\n 3;", "bad", 3, 4, "   bad,"},
    {"CRLF", "SELECT 1,\r\n  bad\r\n;", "bad", 2, 3, "  bad"},
    {"multi-byte", "SELECT 'h\xC3\xA9\xE2\x82\xAC', bad;", "bad", 1, 15, "SELECT 'h\xC3\xA9\xE2\x82\xAC', bad;"},
    {"multi-byte in the lines before", "SELECT '\xF0\x9F\x98\x80',\n '\xC3\xA9', bad;", "bad", 2, 7, " '\xC3\xA9', bad;"},
    {"multi-byte before it in its line", "/* \xC3\xA9 */ SELECT 1; SELECT bad;", "bad", 1, 26, "/* \xC3\xA9 */ SELECT 1; SELECT bad;"},
    {"comments before", "/* a\n b */ -- c\n  SELECT bad;", "bad", 3, 10, "  SELECT bad;"},
    {"a comment before it in its line", "/* a\n b */ SELECT bad;", "bad", 2, 14, " b */ SELECT bad;"},
    {"comments inside", "SELECT 1 -- x\n /* y\n z */ , bad;", "bad", 3, 9, " z */ , bad;"},
    {"a BOM", "\xEF\xBB\xBFSELECT bad;", "bad", 1, 8, "SELECT bad;"},
    {"after a shorter replacement", "SELECT :long_name, bad;", "bad", 1, 20, "SELECT :long_name, bad;"},
    {"after a longer replacement", "SELECT :s, bad;", "bad", 1, 12, "SELECT :s, bad;"},
    {"after several", "SELECT :s, :'s', :\"s\", bad;", "bad", 1, 24, "SELECT :s, :'s', :\"s\", bad;"},
    {"after replacements in other lines", "SELECT :s,\n :'s',\n bad;", "bad", 3, 2, " bad;"},
    {"inside a replacement", "SELECT 1, :s;", "three", 1, 11, "SELECT 1, :s;"},
    {"after a multi-byte replacement", "SELECT :'euro', bad;", "bad", 1, 17, "SELECT :'euro', bad;"},
    {"after a test", "SELECT :{?s}, bad;", "bad", 1, 15, "SELECT :{?s}, bad;"},
    {"after a failed test", "SELECT :{?none}, bad;", "bad", 1, 18, "SELECT :{?none}, bad;"},
    {"first a replacement", ":select bad;", "bad", 1, 9, ":select bad;"},
    {"a replacement in the statement before", "SELECT :s; SELECT bad;", "bad", 1, 19, "SELECT :s; SELECT bad;"},
    {"after a command inside", "SELECT 1 \\echo x\n, bad;", "bad", 2, 3, ", bad;"},
    {"joined", "SELECT 1\\; SELECT bad;", "bad", 1, 19, "SELECT 1\\; SELECT bad;"},
};

TEST(Place, OfTheServersPosition) {
    const Values values{{"s", "'two', three"}, {"long_name", "5"}, {"euro", "\xE2\x82\xAC\xE2\x82\xAC'"}, {"select", "SELECT"}};
    for (const auto& one : cases) {
        const Statement s = last_of(one.text, values);
        const int position = position_of(s, one.word);
        EXPECT_EQ(s.place_of(position), (Place{"a.sql", one.line, one.column})) << one.what << ": " << s.text;
        EXPECT_EQ(s.line_of(position), one.line_text) << one.what;
    }
}

TEST(Place, WithoutAPositionIsTheStatements) {
    const Statement s = last_of("SELECT 1;\n  SELECT bad\n;");
    EXPECT_EQ(s.place_of(0), (Place{"a.sql", 2, 3}));
    EXPECT_EQ(s.line_of(0), "  SELECT bad");
}

TEST(Place, BeyondTheEndStaysWithinIt) {
    const Statement s = last_of("SELECT 1;\nSELECT");
    EXPECT_EQ(s.place_of(1000), (Place{"a.sql", 2, 7}));
    EXPECT_EQ(s.line_of(1000), "SELECT");
}

TEST(Place, InAStatementLongerThanWhatIsKept) {
    std::string text = "SELECT 1; SELECT 'a'";
    for (int i = 0; i < 20'000; ++i) text += ",\n 'abcdef'";
    const Statement s = last_of(text + ",\n  bad;\n");
    const int position = position_of(s, "bad");
    EXPECT_EQ(s.place_of(position), (Place{"a.sql", 20'002, 3}));
    EXPECT_EQ(s.line_of(position), "  bad");
    EXPECT_LE(s.source.size(), 65'536U);
}

TEST(Place, CountsNoLinesOfValues) {
    std::string text = "SELECT :'lines', 'a'";
    for (int i = 0; i < 20'000; ++i) text += ",\n 'abcdef'";
    const Values values{{"lines", "1\n2\n3"}, {"two", "SELECT 1; SELECT\n\n\nbad"}};
    const Statement s = last_of(text + ",\n  bad;\n", values);
    EXPECT_EQ(s.place_of(position_of(s, "bad")), (Place{"a.sql", 20'002, 3}));
    const Statement begins_in_a_value = last_of("\n:two;", values);
    EXPECT_EQ(begins_in_a_value.place_of(position_of(begins_in_a_value, "bad")).line, 2);
}

TEST(Place, WithPlaceholders) {
    auto script = script_of(Syntax::flyway);
    script.variables = {{"s", "application"}, {"table_name", "t"}};
    for (const auto& one : std::vector<StatementCase>{
             {"behind", "SELECT * FROM ${s}.${table_name} WHERE bad;", "bad", 1, 40, "SELECT * FROM ${s}.${table_name} WHERE bad;"},
             {"in a line before", "SELECT '${s}',\n  '${s}', bad;", "bad", 2, 11, "  '${s}', bad;"},
             {"in a statement before", "SELECT '${table_name}'; SELECT bad;", "bad", 1, 32, "SELECT '${table_name}'; SELECT bad;"},
             {"inside", "SELECT ${s};", "cation", 1, 8, "SELECT ${s};"},
         }) {
        const Statement s = last_of(one.text, {}, script);
        EXPECT_EQ(s.place_of(position_of(s, one.word)), (Place{"a.sql", one.line, one.column})) << one.what << ": " << s.text;
        EXPECT_EQ(s.line_of(position_of(s, one.word)), one.line_text) << one.what;
    }
}

TEST(Place, OfALineOfADoBlock) {
    const Statement s = last_of("DO -- 'x'\nLANGUAGE plpgsql $$\nDECLARE\n  \xC3\xA9 int;\nBEGIN\n\t\xC3\xA9 := 'a';\nEND $$;");
    EXPECT_EQ(s.place_of(s.position_in_block(5)), (Place{"a.sql", 6, 2}));
    EXPECT_EQ(s.line_of(s.position_in_block(5)), "\t\xC3\xA9 := 'a';");
    EXPECT_EQ(s.place_of(s.position_in_block(1)), (Place{"a.sql", 2, 18}));
    EXPECT_EQ(s.position_in_block(7), 0);
    EXPECT_EQ(last_of("DO E'BEGIN\\n\n x'").position_in_block(2), 0);
    EXPECT_EQ(last_of("SELECT '\n x'").position_in_block(2), 0);
}

TEST(Place, InAGooseBlock) {
    const Statement s = last_of("-- +goose StatementBegin\n/* a\n */  DO $$\n  bad\n$$;\n-- +goose StatementEnd\n", {}, script_of(Syntax::goose));
    EXPECT_EQ(s.place, (Place{"a.sql", 3, 6}));
    EXPECT_EQ(s.place_of(position_of(s, "bad")), (Place{"a.sql", 4, 3}));
    EXPECT_EQ(s.line_of(position_of(s, "bad")), "  bad");
}

}  // namespace
}  // namespace pgprimer::sql
