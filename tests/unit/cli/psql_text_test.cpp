#include "../../../src/cli/psql_text.hpp"

#include <gtest/gtest.h>

namespace pgprimer::cli {
namespace {

Diagnostic server(std::string message, std::string sqlstate, Place place = {}) {
    Diagnostic out(Error::failed, std::move(message));
    out.sqlstate = std::move(sqlstate);
    out.place = std::move(place);
    return out;
}

TEST(PsqlText, AServersErrorHasAllItsFields) {
    Diagnostic why = server("m", "23505", {"a/b.sql", 7, 3});
    why.detail = "d";
    why.hint = "h";
    why.context = "c\nmore";
    EXPECT_EQ(psql_error_text(why), "psql:a/b.sql:7: ERROR:  m\nDETAIL:  d\nHINT:  h\nCONTEXT:  c\nmore\n");
}

TEST(PsqlText, OfACommandLineNoPlaceIsSaid) {
    Diagnostic why = server("column \"x\" does not exist", "42703", {"", 1, 8});
    why.server_position = 8;
    why.sent_line = 1;
    why.sent_column = 8;
    why.sent_text = "SELECT x";
    EXPECT_EQ(psql_error_text(why), "ERROR:  column \"x\" does not exist\nLINE 1: SELECT x\n               ^\n");
}

TEST(PsqlText, WhatStandsBeforeTheStatementInItsLineWasNotSent) {
    Diagnostic why = server("m", "42703", {"f", 3, 18});
    why.server_position = 8;
    why.sent_line = 1;
    why.sent_column = 8;
    why.line_text = "SELECT 1; SELECT x;";
    why.sent_text = "SELECT x;";
    EXPECT_EQ(psql_error_text(why), "psql:f:3: ERROR:  m\nLINE 1: SELECT x;\n               ^\n");
}

TEST(PsqlText, AFunctionsOwnQueryIsShown) {
    Diagnostic why = server("m", "42703", {"f", 3, 1});
    why.internal_query = "SELECT 1,\n  x";
    why.server_position = 13;
    why.context = "PL/pgSQL function f() line 1 at RETURN";
    EXPECT_EQ(psql_error_text(why),
              "psql:f:3: ERROR:  m\nLINE 2:   x\n          ^\nQUERY:  SELECT 1,\n  x\nCONTEXT:  PL/pgSQL function f() line 1 at RETURN\n");
}

TEST(PsqlText, AnEndedSessionIsFatal) {
    EXPECT_EQ(psql_error_text(server("terminating connection", "57P01", {"f", 2, 1})), "psql:f:2: FATAL:  terminating connection\n");
}

TEST(PsqlText, WhatNoServerSaidIsPsqlsOwn) {
    Diagnostic why(Error::failed, "invalid command \\foo");
    EXPECT_EQ(psql_error_text(why), "psql: error: invalid command \\foo\n");
    why.place = {"f.sql", 4, 2};
    why.hint = "h";
    EXPECT_EQ(psql_error_text(why), "psql:f.sql:4: error: invalid command \\foo\npsql:f.sql:4: hint: h\n");
}

TEST(PsqlText, Notices) {
    event::Notice notice{"NOTICE", "42P07", "there", "d", "h", {"f", 2, 1}, ""};
    EXPECT_EQ(psql_notice_text(notice), "psql:f:2: NOTICE:  there\nDETAIL:  d\nHINT:  h\n");
    notice.place = {};
    EXPECT_EQ(psql_notice_text(notice), "NOTICE:  there\nDETAIL:  d\nHINT:  h\n");
}

TEST(PsqlText, ALongLineIsCutAsLibpqCutsIt) {
    const std::string line = "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789";
    EXPECT_EQ(psql_caret_text(line, 1, 5), "LINE 1: 012345678901234567890123456789012345678901234567890123456789...\n            ^\n");
    EXPECT_EQ(psql_caret_text(line, 1, 71),
              "LINE 1: ...012345678901234567890123456789012345678901234567890123456789...\n" + std::string(61, ' ') + "^\n");
    EXPECT_EQ(psql_caret_text(line, 12, 100),
              "LINE 12: ...012345678901234567890123456789012345678901234567890123456789\n" + std::string(71, ' ') + "^\n");
    EXPECT_EQ(psql_caret_text("\tä x", 1, 4), "LINE 1:  ä x\n           ^\n");
}

}  // namespace
}  // namespace pgprimer::cli
