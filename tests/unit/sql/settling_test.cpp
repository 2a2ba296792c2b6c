#include "pgprimer/sql/settling.hpp"

#include <gmock/gmock.h>

namespace pgprimer::sql {
namespace {

using ::testing::HasSubstr;
using How = Settling::How;

Statement statement(std::string text) {
    Statement out;
    out.text = std::move(text);
    out.traits = classify(out.text);
    return out;
}

TEST(Settling, TellsHowEachIsSettled) {
    const struct {
        const char* text;
        How how;
        const char* asks;  // part of the question; "": there is none
    } cases[] = {
        {"VACUUM t", How::repeat, ""},
        {"vacuum (analyze) t", How::repeat, ""},
        {"CLUSTER", How::repeat, ""},
        {"DISCARD ALL", How::repeat, ""},
        {"ALTER SYSTEM SET work_mem = '1MB'", How::repeat, ""},
        {"ALTER DATABASE d SET TABLESPACE s", How::repeat, ""},
        {"REINDEX (VERBOSE) TABLE CONCURRENTLY a.t", How::repeat, "to_regclass('a.t')"},
        {"REINDEX INDEX CONCURRENTLY \"I x\"", How::repeat, "to_regclass('\"I x\"')"},
        {"REINDEX (CONCURRENTLY) INDEX i", How::repeat, "to_regclass('i')"},
        {"REINDEX SCHEMA s", How::repeat, "parse_ident('s')"},
        {"REINDEX DATABASE CONCURRENTLY d", How::repeat, "AND true"},
        {"CREATE INDEX CONCURRENTLY i ON t (a)", How::look,
         "c.relname = (pg_catalog.parse_ident('i'))[1] AND i.indrelid = pg_catalog.to_regclass('t')"},
        {"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"on\" ON ONLY a.\"T\" USING btree (a)", How::look,
         "parse_ident('\"on\"'))[1] AND i.indrelid = pg_catalog.to_regclass('a.\"T\"')"},
        {"CREATE INDEX CONCURRENTLY ON t (a)", How::unknown, ""},
        {"CREATE INDEX i ON t (a)", How::unknown, ""},
        {"DROP INDEX CONCURRENTLY IF EXISTS a.i CASCADE", How::look, "to_regclass('a.i') IS NULL"},
        {"CREATE DATABASE d TEMPLATE x", How::look,
         "WHERE EXISTS (SELECT FROM pg_catalog.pg_database WHERE datconnlimit <> -2 AND datname = (pg_catalog.parse_ident('d'))[1]"},
        {"DROP DATABASE IF EXISTS d (FORCE)", How::look,
         "WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = (pg_catalog.parse_ident('d'))[1]"},
        {"CREATE TABLESPACE s LOCATION '/x'", How::look, "spcname = (pg_catalog.parse_ident('s'))[1]"},
        {"DROP TABLESPACE s", How::look, "NOT EXISTS"},
        {"CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p", How::look, "subname = (pg_catalog.parse_ident('s'))[1]"},
        {"DROP SUBSCRIPTION s", How::look, "NOT EXISTS"},
        {"ALTER SUBSCRIPTION s REFRESH PUBLICATION", How::repeat, ""},
        {"ALTER SUBSCRIPTION s SET PUBLICATION p", How::repeat, ""},
        {"ALTER SUBSCRIPTION s ADD PUBLICATION p", How::unknown, ""},
        {"ALTER TABLE IF EXISTS ONLY a.t DETACH PARTITION a.p CONCURRENTLY", How::look,
         "inhrelid = pg_catalog.to_regclass('a.p') AND i.inhparent = pg_catalog.to_regclass('a.t')"},
        {"ALTER TABLE t ADD COLUMN c int", How::unknown, ""},
        {"COMMIT PREPARED 'it''s'", How::look, "gid = 'it''s'"},
        {"ROLLBACK PREPARED 'x'", How::look, "gid = 'x'"},
        {"CALL p()", How::unknown, ""},
        {"DO $$ BEGIN COMMIT; END $$", How::unknown, ""},
        {"SELECT 1", How::unknown, ""},
    };
    for (const auto& test : cases) {
        const Settling settling = settling_of(statement(test.text));
        EXPECT_EQ(settling.how, test.how) << test.text;
        if (*test.asks == '\0')
            EXPECT_EQ(settling.question, "") << test.text;
        else
            EXPECT_THAT(settling.question, HasSubstr(test.asks)) << test.text;
        // What is settled is known by its keywords before the file is read.
        if (test.how != How::unknown) { EXPECT_TRUE(may_be_settled(statement(test.text).traits.verb)) << statement(test.text).traits.verb; }
    }
}

TEST(Settling, AsksNothingAboutSeveralStatementsOrOnesThatACommandSends) {
    Statement several = statement("VACUUM a; VACUUM b");
    several.multiple = true;
    EXPECT_EQ(settling_of(several).how, How::unknown);
    Statement sent = statement("CREATE DATABASE d");
    sent.then = Meta{};
    EXPECT_EQ(settling_of(sent).how, How::unknown);
    for (const char* verb : {"CALL", "DO", "SELECT", "CREATE INDEX", "CREATE TABLE"}) EXPECT_FALSE(may_be_settled(verb)) << verb;
}

}  // namespace
}  // namespace pgprimer::sql
