#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "items.hpp"

namespace pgprimer::sql {
namespace {

const std::string copy = "COPY t FROM STDIN;\n";
const std::string sent = "1:1 COPY t FROM STDIN";

TEST(CopyData, EndsAtABackslashAndAFullStop) {
    const struct {
        const char* what;
        std::string text;
        Items items;
    } cases[] = {
        {"rows", copy + "1\ta\n2\tb\n\\.\nSELECT 1;\n", {sent, "data:1\ta\n2\tb\n", "5:1 SELECT 1"}},
        {"none", copy + "\\.\nSELECT 1;\n", {sent, "data:", "3:1 SELECT 1"}},
        {"CRLF", copy + "1\r\n\\.\r\nSELECT 1;\r\n", {sent, "data:1\r\n", "4:1 SELECT 1"}},
        {"to the end of the file", copy + "1\n2", {sent, "data:1\n2"}},
        {"the mark at the end of the file", copy + "1\n\\.", {sent, "data:1\n"}},
        {"the mark and CR at the end of the file", copy + "1\n\\.\r", {sent, "data:1\n"}},
        {"no file behind it", "COPY t FROM STDIN;", {sent, "data:"}},
        {"nor a semicolon", "COPY t FROM STDIN", {sent, "data:"}},
        {"what only looks like the mark",
         copy + "\\.x\n \\.\n\\\\.\nx\\.\n\\.\\\n\\.\nSELECT 1;",
         {sent, "data:\\.x\n \\.\n\\\\.\nx\\.\n\\.\\\n", "8:1 SELECT 1"}},
        {"a lone backslash before the end", copy + "\\\n\\", {sent, "data:\\\n\\"}},
        {"empty lines", copy + "\n\n\\.\n", {sent, "data:\n\n"}},
        {"data that looks like SQL", copy + "';--/*$$\n\\echo\n\\.\nSELECT 1;", {sent, "data:';--/*$$\n\\echo\n", "5:1 SELECT 1"}},
        {"SQL behind it in its line", "COPY t FROM STDIN; SELECT 2;\n1\n\\.\nSELECT 3;", {sent, "data:1\n", "1:20 SELECT 2", "4:1 SELECT 3"}},
        {"twice", copy + "1\n\\.\n" + copy + "2\n\\.\n", {sent, "data:1\n", "4:1 COPY t FROM STDIN", "data:2\n"}},
        {"bytes that are no text", copy + std::string("a\0b\xFF\n", 5) + "\\.\n", {sent, "data:" + std::string("a\0b\xFF\n", 5)}},
    };
    for (const auto& one : cases) {
        for (const auto syntax : {Syntax::psql, Syntax::plain}) {
            EXPECT_EQ(items_of(one.text, Values(), script_of(syntax)), one.items) << one.what;
            for (const std::size_t size : {1U, 2U, 3U, 5U})
                EXPECT_EQ(items_of(one.text, Values(), script_of(syntax), test::chunks_of(size)), one.items) << one.what << ", in pieces of " << size;
        }
    }
}

TEST(CopyData, IsReadInAnyChunking) {
    std::mt19937 random(7);
    const std::string_view alphabet = "\\\\\\...\n\n\na\r";
    for (unsigned round = 0; round < 2000; ++round) {
        std::string text = copy;
        for (int i = 0; i < 24; ++i) text += alphabet[std::uniform_int_distribution<std::size_t>(0, alphabet.size() - 1)(random)];
        auto script = script_of(Syntax::psql);
        Values values;
        std::string whole, pieces;
        const auto data_of = [&](test::Chunks chunks) {
            Reader reader(test::source_of(text, std::move(chunks)), script, values);
            std::string out;
            (void)reader.next();
            while (true) {
                const auto piece = reader.copy_data();
                if (!piece || !*piece) return out + "|" + std::to_string(reader.place().line);
                out += **piece;
            }
        };
        whole = data_of(test::chunks_of(0));
        pieces = data_of(test::random_chunks(round, 4));
        ASSERT_EQ(whole, pieces) << round;
        // By the rule: up to the first line that is the mark.
        std::string rule, rest = text.substr(copy.size());
        while (!rest.empty()) {
            const auto end = std::min(rest.find('\n'), rest.size() - 1) + 1;
            const std::string line = rest.substr(0, end);
            if (line == "\\.\n" || line == "\\.\r\n" || (end == rest.size() && (line == "\\." || line == "\\.\r"))) break;
            rule += line;
            rest.erase(0, end);
        }
        ASSERT_EQ(whole.substr(0, whole.find('|')), rule) << round;
    }
}

TEST(CopyData, StreamsLongLinesInSmallPieces) {
    const std::string row(300'000, 'x');
    const std::string text = copy + row + "\n" + row + "\n\\.\nSELECT 1;\n";
    const Values values;
    for (const std::size_t size : {0U, 1000U, 65'536U, 65'537U}) {
        Reader reader(test::source_of(text, test::chunks_of(size)), script_of(), values);
        ASSERT_TRUE(reader.next());
        std::size_t total = 0;
        while (true) {
            const auto piece = reader.copy_data();
            ASSERT_TRUE(piece);
            if (!*piece) break;
            EXPECT_FALSE((*piece)->empty());
            EXPECT_LE((*piece)->size(), 65'536U);
            total += (*piece)->size();
        }
        EXPECT_EQ(total, 2 * row.size() + 2);
        const auto after = reader.next();
        EXPECT_EQ(std::get<Statement>(*after).text, "SELECT 1");
        EXPECT_EQ(std::get<Statement>(*after).place.line, 5);
    }
}

TEST(CopyData, MarkAtEveryPieceBoundary) {
    for (std::size_t before = 65'530; before < 65'545; ++before) {
        const std::string data = std::string(before, 'x') + "\n";
        const auto items = items_of(copy + data + "\\.\nSELECT 1;");
        ASSERT_EQ(items, (Items{sent, "data:" + data, "4:1 SELECT 1"})) << before;
    }
}

TEST(CopyData, TellsLinesOfItsData) {
    const Values values;
    Reader reader(
        test::source_of(
            "SELECT 1;\n\nCOPY t\nFROM STDIN;\n1\n2\n\\.\n\\copy t from stdin\n3\n\\.\nCOPY t FROM STDIN \\; COPY t FROM STDIN;\n4\n\\.\n5\n"),
        script_of(), values);
    ASSERT_TRUE(reader.next());
    const auto expect_first = [&reader](int line) {
        while (true) {
            const auto piece = reader.copy_data();
            EXPECT_EQ(reader.copy_line(1), line);
            if (!piece || !*piece) break;
        }
        EXPECT_EQ(reader.copy_line(2), line + 1);
    };
    ASSERT_TRUE(reader.next());
    expect_first(5);
    ASSERT_TRUE(reader.next());
    expect_first(9);
    ASSERT_TRUE(reader.next());
    expect_first(12);
    expect_first(14);
}

TEST(LongStatements, AreReadWhole) {
    const std::string value(3'000'000, 'y');
    const auto items = items_of("SELECT '" + value + "';\nSELECT 2;", Values(), script_of(), test::chunks_of(4096));
    ASSERT_EQ(items.size(), 2U);
    EXPECT_EQ(items[0].size(), value.size() + 13);
    EXPECT_EQ(items[1], "2:1 SELECT 2");
}

}  // namespace
}  // namespace pgprimer::sql
