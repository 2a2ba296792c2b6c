#include "pgprimer/base/text.hpp"

#include <gtest/gtest.h>

namespace pgprimer {
namespace {

using namespace std::chrono_literals;

TEST(Duration, ReadsWhatPeopleWrite) {
    EXPECT_EQ(parse_duration("60s"), 60'000ms);
    EXPECT_EQ(parse_duration("1500ms"), 1500ms);
    EXPECT_EQ(parse_duration("15m"), 900'000ms);
    EXPECT_EQ(parse_duration("1h30m"), 5'400'000ms);
    EXPECT_EQ(parse_duration("0.5s"), 500ms);
    EXPECT_EQ(parse_duration(" 2 s "), 2000ms);
    EXPECT_EQ(parse_duration("0"), 0ms);
}

TEST(Duration, RefusesWhatIsNone) {
    for (const char* text : {"", "60", "s", "-1s", "1x", "1s2", ".s", "1.2.3s", "999999999999999h"}) EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Duration, IsShownForPeople) {
    EXPECT_EQ(human(300us), "0.3 ms");
    EXPECT_EQ(human(250ms), "250 ms");
    EXPECT_EQ(human(1500ms), "1.5 s");
    EXPECT_EQ(human(125s), "2m 05s");
    EXPECT_EQ(human(3700s), "1h 01m");
}

TEST(Nearest, FindsSlipsOfTheFinger) {
    const std::vector<std::string> keys{"search_path", "timeout", "retries"};
    EXPECT_EQ(nearest("serch_path", keys), "search_path");
    EXPECT_EQ(nearest("Timeout", keys), "timeout");
    EXPECT_EQ(nearest("banana", keys), std::nullopt);
}

TEST(Slug, KeepsLettersAndDigits) {
    EXPECT_EQ(slug("roles, extensions, permissions"), "roles-extensions-permissions");
    EXPECT_EQ(slug("  Django shared! "), "django-shared");
}

TEST(Printable, IsValidUtf8WhateverComesIn) {
    EXPECT_EQ(printable("h\xC3\xA9llo\t!"), "h\xC3\xA9llo\t!");
    EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
    EXPECT_EQ(printable("\xFF\xFE"), "\\xFF\\xFE");
    EXPECT_EQ(printable("\xC3"), "\\xC3");                    // cut
    EXPECT_EQ(printable("\xED\xA0\x80"), "\\xED\\xA0\\x80");  // a surrogate
    EXPECT_EQ(printable("\xC0\xAF"), "\\xC0\\xAF");           // overlong
    EXPECT_EQ(printable("\x1B[31m"), "\\x1B[31m");            // terminal escapes
}

TEST(Json, QuotesEverything) { EXPECT_EQ(json_quote("a\"b\\c\nd\te\xFF"), "\"a\\\"b\\\\c\\nd\\te\\\\xFF\""); }

TEST(Quote, IsSafe) {
    EXPECT_EQ(quote_identifier("a\"b"), "\"a\"\"b\"");
    EXPECT_EQ(quote_literal("it's"), "'it''s'");
    EXPECT_EQ(quote_literal("a\\b"), "E'a\\\\b'");
}

TEST(ShellWord, IsOneWord) {
    EXPECT_EQ(shell_word("initdb/1_a.sql"), "initdb/1_a.sql");
    EXPECT_EQ(shell_word("a b"), "'a b'");
    EXPECT_EQ(shell_word("it's $HOME"), "'it'\\''s $HOME'");
    EXPECT_EQ(shell_word(""), "''");
}

TEST(Characters, CountNotBytes) {
    EXPECT_EQ(count_characters("h\xC3\xA9llo"), 5U);
    EXPECT_EQ(character_offset("h\xC3\xA9llo", 2), 3U);
    EXPECT_EQ(character_offset("abc", 9), 3U);
}

}  // namespace
}  // namespace pgprimer
