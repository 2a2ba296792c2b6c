#include "pgprimer/steps/there_already.hpp"

#include <gmock/gmock.h>

namespace pgprimer::steps {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Diagnostic failure(const std::string& state, const std::string& message, const std::string& line, const std::string& detail = "") {
    Diagnostic out(Error::failed, message);
    out.sqlstate = state;
    out.line_text = line;
    out.detail = detail;
    return out;
}

// Messages as PostgreSQL 15 gives them.
TEST(ThereAlready, NamesTheObjectAndTheFormThatRunsAgain) {
    const std::string block42710 = " ...; EXCEPTION WHEN duplicate_object THEN NULL; END $$";
    const struct {
        const char *state, *message, *line;
        std::string object, rerunnable;
    } cases[] = {
        {"42P07", R"(relation "t" already exists)", "CREATE TABLE t (id int);", R"(table "t")", "CREATE TABLE IF NOT EXISTS t"},
        {"42P07", R"(relation "T x" already exists)", R"(  create unlogged table public."T x"(id int);)", R"(unlogged table "T x")",
         R"(create unlogged table IF NOT EXISTS public."T x")"},
        {"42P07", R"(relation "t" already exists)", "CREATE /* it */ TABLE t -- (", R"(table "t")", "CREATE TABLE IF NOT EXISTS t"},
        {"42P07", R"(relation "n" already exists)", "SELECT 1 AS a INTO n;", R"(relation "n")", "CREATE TABLE IF NOT EXISTS n AS SELECT ..."},
        {"42P07", R"(relation "i" already exists)", "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a);", R"(unique index "i")",
         "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i"},
        {"42P07", R"(relation "s" already exists)", "CREATE SEQUENCE s;", R"(sequence "s")", "CREATE SEQUENCE IF NOT EXISTS s"},
        {"42P07", R"(relation "v" already exists)", "CREATE VIEW v AS SELECT 1;", R"(view "v")", "CREATE OR REPLACE VIEW v"},
        {"42P07", R"(relation "m" already exists)", "CREATE MATERIALIZED VIEW m AS SELECT 1;", R"(materialized view "m")",
         "CREATE MATERIALIZED VIEW IF NOT EXISTS m"},
        {"42P06", R"(schema "s" already exists)", "CREATE SCHEMA s;", R"(schema "s")", "CREATE SCHEMA IF NOT EXISTS s"},
        {"42P06", R"(schema "app" already exists)", "CREATE SCHEMA AUTHORIZATION app;", R"(schema "app")",
         "CREATE SCHEMA IF NOT EXISTS AUTHORIZATION app"},
        {"42710", R"(extension "hstore" already exists)", "CREATE EXTENSION hstore;", R"(extension "hstore")",
         "CREATE EXTENSION IF NOT EXISTS hstore"},
        {"42710", R"(server "sv" already exists)", "CREATE SERVER sv FOREIGN DATA WRAPPER fw;", R"(server "sv")", "CREATE SERVER IF NOT EXISTS sv"},
        {"42710", R"(user mapping for "public" already exists for server "sv")", "CREATE USER MAPPING FOR public SERVER sv;",
         R"(user mapping for "public")", "CREATE USER MAPPING IF NOT EXISTS FOR public SERVER sv"},
        {"42723", R"(function "f" already exists with same argument types)", "CREATE FUNCTION f(a int) RETURNS int AS $$", R"(function "f")",
         "CREATE OR REPLACE FUNCTION f"},
        {"42723", R"(function "p" already exists with same argument types)", "CREATE PROCEDURE p()", R"(function "p")",
         "CREATE OR REPLACE PROCEDURE p"},
        {"42723", "operator === already exists", "CREATE OPERATOR === (leftarg = int);",
         "operator ===", "DO $$ BEGIN CREATE OPERATOR === ...; EXCEPTION WHEN duplicate_function THEN NULL; END $$"},
        {"42710", R"(trigger "tr" for relation "t" already exists)", "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW",
         R"(trigger "tr" for relation "t")", "CREATE OR REPLACE TRIGGER tr (PostgreSQL 14 and later; or DROP TRIGGER IF EXISTS tr ON t before it)"},
        {"42710", R"(trigger "tr" for relation "t" already exists)", "CREATE CONSTRAINT TRIGGER tr AFTER INSERT ON t",
         R"(trigger "tr" for relation "t")", "DROP TRIGGER IF EXISTS tr ON t before it"},
        {"42710", R"(policy "po" for table "t" already exists)", "CREATE POLICY po ON t;", R"(policy "po" for table "t")",
         "DROP POLICY IF EXISTS po ON t before it"},
        {"42710", R"(policy "po" for table "t" already exists)", "CREATE POLICY po", R"(policy "po" for table "t")",
         "DROP POLICY IF EXISTS po ON ... before it"},
        {"42710", R"(event trigger "et" already exists)", "CREATE EVENT TRIGGER et ON ddl_command_end EXECUTE FUNCTION f();", R"(event trigger "et")",
         "DROP EVENT TRIGGER IF EXISTS et before it"},
        {"42710", R"(rule "ru" for relation "v" already exists)", "CREATE RULE ru AS ON INSERT TO v DO INSTEAD NOTHING;",
         R"(rule "ru" for relation "v")", "CREATE OR REPLACE RULE ru"},
        {"42710", R"(type "ty" already exists)", "CREATE TYPE ty AS ENUM ('a');", R"(type "ty")", "DO $$ BEGIN CREATE TYPE ty" + block42710},
        {"42710", R"(type "dm" already exists)", "CREATE DOMAIN dm AS int;", R"(type "dm")", "DO $$ BEGIN CREATE DOMAIN dm" + block42710},
        {"42710", R"(publication "pu" already exists)", "CREATE PUBLICATION pu;", R"(publication "pu")",
         "DO $$ BEGIN CREATE PUBLICATION pu" + block42710},
        {"42710", R"(role "app" already exists)", "CREATE ROLE app LOGIN;", R"(role "app")",
         "DO $$ BEGIN CREATE ROLE app" + block42710 + ", or [[step.ensure.role]] with name = \"app\" instead of it"},
        {"42710", R"(role "app" already exists)", "CREATE USER app PASSWORD 'x';", R"(role "app")",
         "DO $$ BEGIN CREATE USER app" + block42710 + ", or [[step.ensure.role]] with name = \"app\" instead of it"},
        {"42P04", R"(database "d" already exists)", "CREATE DATABASE d;", R"(database "d")",
         "[[step.ensure.database]] with name = \"d\" or create_database = true in [target] instead of it"},
        {"42710", R"(tablespace "ts" already exists)", "CREATE TABLESPACE ts LOCATION '/x';", R"(tablespace "ts")",
         "SELECT 'CREATE TABLESPACE ...' WHERE NOT EXISTS (SELECT FROM pg_tablespace WHERE spcname = 'ts') \\gexec"},
        {"42701", R"(column "zz" of relation "t" already exists)", "ALTER TABLE ONLY t", R"(column "zz" of relation "t")",
         "ALTER TABLE ONLY t ADD COLUMN IF NOT EXISTS zz"},
        {"42710", R"(constraint "ck" for relation "t" already exists)", "ALTER TABLE t ADD CONSTRAINT ck CHECK (id > 0);",
         R"(constraint "ck" for relation "t")", "ALTER TABLE t DROP CONSTRAINT IF EXISTS ck before it"},
        {"42P16", R"(multiple primary keys for table "t" are not allowed)", "ALTER TABLE t ADD PRIMARY KEY (id);", R"(the primary key of table "t")",
         "ALTER TABLE t DROP CONSTRAINT IF EXISTS t_pkey before it"},
        {"42701", R"(column "b" of relation "t" already exists)", "ALTER TABLE t RENAME a TO b;", R"(column "b" of relation "t")",
         "DO $$ BEGIN ALTER TABLE t ...; EXCEPTION WHEN duplicate_column THEN NULL; END $$"},
        {"42710", R"(enum label "b" already exists)", "ALTER TYPE ty ADD VALUE 'b';", R"(enum label "b")",
         "ALTER TYPE ty ADD VALUE IF NOT EXISTS 'b'"},
        {"42P07", "Relation \u201Et\u201C existiert bereits", "CREATE TABLE t (id int);", "table t", "CREATE TABLE IF NOT EXISTS t"},
        {"42P07", R"(relation "t" already exists)", "", R"(relation "t")", ""},
    };
    for (const auto& test : cases) {
        const auto found = there_already(failure(test.state, test.message, test.line));
        ASSERT_TRUE(found) << test.line;
        EXPECT_EQ(found->object, test.object) << test.line;
        EXPECT_EQ(found->rerunnable, test.rerunnable) << test.line;
    }
}

TEST(ThereAlready, RowsToo) {
    const std::string duplicate = R"(duplicate key value violates unique constraint "t_pkey")", detail = "Key (id)=(1) already exists.";
    const auto form = [&](const char* line) {
        const auto found = there_already(failure("23505", duplicate, line, detail));
        return found ? found->object + ": " + found->rerunnable : "none";
    };
    EXPECT_EQ(form("INSERT INTO app.t (id) VALUES (1);"), "a row with Key (id)=(1): INSERT INTO app.t ... ON CONFLICT DO NOTHING");
    EXPECT_EQ(form("WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x"), "a row with Key (id)=(1): INSERT INTO t ... ON CONFLICT DO NOTHING");
    EXPECT_EQ(form("COPY t (id) FROM stdin;"),
              "a row with Key (id)=(1): COPY into a temporary table, then INSERT INTO t SELECT ... ON CONFLICT DO NOTHING");
    EXPECT_EQ(form("UPDATE t SET id = 1;"), "none");
    EXPECT_EQ(form("CREATE UNIQUE INDEX u ON t (a);"), "none");  // its rows are not
    EXPECT_EQ(form("COMMIT;"), "none");
    const auto raced =
        there_already(failure("23505", R"(duplicate key value violates unique constraint "pg_ts_config_cfgname_index")",
                              "CREATE TEXT SEARCH CONFIGURATION tc (copy = english);", "Key (cfgname, cfgnamespace)=(tc, 2200) already exists."));
    ASSERT_TRUE(raced);
    EXPECT_EQ(raced->object, "text search configuration tc");
}

TEST(ThereAlready, InsideAFunctionItIsTheInnerStatement) {
    Diagnostic why = failure("42P07", R"(relation "t" already exists)", "DO $$ BEGIN");
    why.context = "SQL statement \"create table t(\n  x int)\"\nPL/pgSQL function inline_code_block line 1 at SQL statement";
    const auto found = there_already(why);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->rerunnable, "create table IF NOT EXISTS t");
}

TEST(ThereAlready, OtherFailuresAreNot) {
    EXPECT_FALSE(there_already(failure("42601", "syntax error", "CREATE TABLE t (")));
    EXPECT_FALSE(there_already(failure("42P16", "invalid table definition", "ALTER TABLE t ADD PRIMARY KEY (id);")));
    EXPECT_EQ(hint_of_there_already(failure("42601", "syntax error", "CREATE TABLE t ("), {}), "");
}

TEST(ThereAlready, TheHintShowsTheWaysOn) {
    const Diagnostic why = failure("42P07", R"(relation "t" already exists)", "CREATE TABLE t (id int);");
    Applying applying{"init", "init scripts", "initdb/1.sql"};
    EXPECT_EQ(hint_of_there_already(why, applying),
              "table \"t\" is there already, and the statement does not allow for that. The ways on:\n"
              "- it was applied before pgprimer came: pgprimer baseline --step init --unit initdb/1.sql; and, so that changes of it do not run it "
              "again, rerun = \"once\" in step \"init scripts\"\n"
              "- it is to be one that can run again: CREATE TABLE IF NOT EXISTS t");
    applying.applied_before = true;
    EXPECT_EQ(hint_of_there_already(why, applying),
              "table \"t\" is there already, and the statement does not allow for that. The ways on:\n"
              "- it has run and shall not run again, changed or not: rerun = \"once\" in step \"init scripts\"\n"
              "- what it says has been done by hand: pgprimer baseline --step init --unit initdb/1.sql\n"
              "- it is to be one that can run again: CREATE TABLE IF NOT EXISTS t");
    applying.once = true;
    EXPECT_THAT(hint_of_there_already(why, applying), Not(HasSubstr("rerun")));
}

TEST(ThereAlready, AtFirstContactTheImageMayHaveRunTheFolder) {
    Applying applying{"initdb", "/initdb", "initdb/1.sql"};
    applying.first_contact = true;
    const std::string says =
        "the postgres service mounts this folder too, so both run it: mount it here only, or record what that one did: pgprimer "
        "baseline --step initdb --all";
    const auto hint = [&applying](const char* state, const char* line) {
        return hint_of_there_already(failure(state, "x already exists", line), applying);
    };
    EXPECT_THAT(hint("42P07", "CREATE TABLE t ();"), HasSubstr(says));
    EXPECT_THAT(hint("42P06", "CREATE SCHEMA t;"), HasSubstr(says));
    EXPECT_THAT(hint("42710", "CREATE ROLE t;"), HasSubstr(says));
    EXPECT_THAT(hint("23505", "INSERT INTO t VALUES (1);"), Not(HasSubstr("mounts")));
    applying.is_script = false;
    EXPECT_THAT(hint("42P07", "CREATE TABLE t ();"), Not(HasSubstr("mounts")));
}

}  // namespace
}  // namespace pgprimer::steps
