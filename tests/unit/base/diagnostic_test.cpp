#include "pgprimer/base/diagnostic.hpp"

#include <gtest/gtest.h>

namespace pgprimer {
namespace {

TEST(Diagnostic, ShowsPlaceCaretAndHint) {
    Diagnostic d(Error::failed, "relation \"carriers\" does not exist");
    d.place = {"initdb/02.sql", 3, 15};
    d.line_text = "SELECT * FROM  carriers;\r\n";
    d.sqlstate = "42P01";
    d.detail = "two\nlines";
    d.step = "init";
    d.hint = "create it first";
    EXPECT_EQ(to_text(d),
              "error: initdb/02.sql:3:15: relation \"carriers\" does not exist (42P01)\n"
              "    SELECT * FROM  carriers;\n"
              "                  ^\n"
              "  detail: two\n"
              "          lines\n"
              "  step: init\n"
              "  hint: create it first\n");
    EXPECT_EQ(to_json(d),
              "{\"message\":\"relation \\\"carriers\\\" does not exist\",\"sqlstate\":\"42P01\",\"file\":\"initdb/02.sql\",\"line\":3,\"column\":15,"
              "\"source\":\"SELECT * FROM  carriers;\\r\\n\",\"detail\":\"two\\nlines\",\"step\":\"init\",\"hint\":\"create it first\"}");
}

TEST(Diagnostic, PutsTheCaretUnderMultiByteText) {
    Diagnostic d(Error::failed, "x");
    d.place = {"f", 1, 4};
    d.line_text = "\xC3\xA9\xC3\xA9\tz";
    EXPECT_EQ(to_text(d), "error: f:1:4: x\n    \xC3\xA9\xC3\xA9\tz\n      \t^\n");
}

TEST(Diagnostic, PutsTheCaretUnderWhatATerminalShows) {
    Diagnostic d(Error::failed, "x");
    d.place = {"f", 1, 6};
    d.line_text =
        "\xE6\xBC\xA2\xE5\xAD\x97"
        "e\xCC\x81\xFFz";  // two wide ones, an accent that joins, a broken byte
    EXPECT_EQ(to_text(d),
              "error: f:1:6: x\n    \xE6\xBC\xA2\xE5\xAD\x97"
              "e\xCC\x81\\xFFz\n             ^\n");
    d.place.column = 9;  // beyond its end
    EXPECT_TRUE(to_text(d).ends_with("\n" + std::string(16, ' ') + "^\n")) << to_text(d);
}

TEST(Diagnostic, ShowsTheQueryOfAFunction) {
    Diagnostic d(Error::failed, "no such column");
    d.place = {"f", 1, 1};
    d.line_text = "SELECT f();";
    d.internal_query = "SELECT a\n  FROM \xC3\xA9, nix\n WHERE b";
    d.server_position = 20;
    d.context = "PL/pgSQL function f() line 2 at SQL statement";
    EXPECT_EQ(to_text(d),
              "error: f:1:1: no such column\n    SELECT f();\n    ^\n  query:   FROM \xC3\xA9, nix\n                   ^\n"
              "  context: PL/pgSQL function f() line 2 at SQL statement\n");
    EXPECT_NE(to_json(d).find("\"query\":\"SELECT a\\n  FROM \xC3\xA9, nix\\n WHERE b\",\"query_position\":20,\"context\""), std::string::npos)
        << to_json(d);
}

TEST(Diagnostic, ShowsAWindowOfALongLine) {
    Diagnostic d(Error::failed, "x");
    d.place = {"f", 1, 5001};
    d.line_text = std::string(5000, 'a') + "b" + std::string(5000, 'c');
    const std::string text = to_text(d);
    EXPECT_LT(text.size(), 600U);
    const auto line = text.find("    ...");
    const auto caret = text.find('^');
    ASSERT_NE(line, std::string::npos);
    ASSERT_NE(caret, std::string::npos);
    const auto caret_column = caret - (text.rfind('\n', caret) + 1);
    EXPECT_EQ(text[line + caret_column], 'b');
}

TEST(Diagnostic, ShowsAMessageOfSeveralLinesAndAChain) {
    Diagnostic d(Error::failed, "one\ntwo\n\x01");
    d.sqlstate = "P0001";
    d.included_from = {{"b", 1, 1}, {"b", 1, 1}, {"b", 1, 1}, {"a", 2, 1}};
    EXPECT_EQ(to_text(d), "error: one\n       two\n       \\x01 (P0001)\n  included from b:1:1 (3 times)\n  included from a:2:1\n");
}

TEST(Diagnostic, SaysAllOfThem) {
    Diagnostic d(Error::config, "first");
    d.more.emplace_back(Error::config, "second");
    EXPECT_EQ(to_text(d), "error: first\nerror: second\n");
}

TEST(ExitCodes, AreTheCatalogue) {
    EXPECT_EQ(exit_code(Error::failed), 1);
    EXPECT_EQ(exit_code(Error::usage), 2);
    EXPECT_EQ(exit_code(Error::config), 2);
    EXPECT_EQ(exit_code(Error::not_ready), 3);
    EXPECT_EQ(exit_code(Error::lock), 4);
    EXPECT_EQ(exit_code(Error::disagreement), 5);
    EXPECT_EQ(exit_code(Error::refused), 6);
    Diagnostic stopped(Error::stopped, "stopped");
    stopped.signal = 15;
    EXPECT_EQ(exit_status(stopped), 143);
}

}  // namespace
}  // namespace pgprimer
