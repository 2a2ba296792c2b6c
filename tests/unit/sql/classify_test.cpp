#include <gtest/gtest.h>

#include "pgprimer/sql/statement.hpp"

namespace pgprimer::sql {
namespace {

using Control = Traits::Control;

// What is true of it, in words.
std::string told(std::string_view statement) {
    const Traits t = classify(statement);
    std::string out;
    const auto flag = [&out](bool on, const char* name) {
        if (on) out += (out.empty() ? "" : " ") + std::string(name);
    };
    constexpr const char* controls[] = {"", "begin", "commit", "rollback", "savepoint", "prepare"};
    flag(t.control != Control::none, controls[static_cast<int>(t.control)]);
    flag(t.chain, "chain");
    flag(t.sets_transaction, "sets-transaction");
    flag(t.refuses_transaction, "refuses");
    flag(t.may_commit, "may-commit");
    flag(t.copy_from_stdin, "copy-in");
    flag(t.copy_to_stdout, "copy-out");
    flag(t.copy_outside, "outside");
    flag(t.adds_enum_value, "enum");
    flag(t.lives_in_session, "session");
    flag(t.changes_settings, "settings");
    flag(t.sets_role, "role");
    flag(t.touches_globals, "globals");
    flag(t.is_plain, "plain");
    return out;
}

struct ClassifyCase {
    const char* statement;
    const char* told;
};

TEST(Classify, WhatRefusesATransaction) {
    for (const auto& [statement, expected] : std::vector<ClassifyCase>{
             {"CREATE DATABASE x", "refuses globals"},
             {"DROP DATABASE IF EXISTS x", "refuses globals"},
             {"ALTER DATABASE x SET TABLESPACE y", "refuses globals"},
             {"ALTER DATABASE x SET work_mem = 1", "globals plain"},
             {"CREATE TABLESPACE x LOCATION '/y'", "refuses globals"},
             {"DROP TABLESPACE x", "refuses globals"},
             {"ALTER SYSTEM SET work_mem = 1", "refuses"},
             {"VACUUM", "refuses"},
             {"vacuum (full, analyze) t", "refuses"},
             {"ANALYZE t", "plain"},
             {"CREATE INDEX CONCURRENTLY i ON t (a)", "refuses"},
             {"create unique index concurrently if not exists i on t (a)", "refuses"},
             {"CREATE /* x */ INDEX -- y\n CONCURRENTLY ON t (a)", "refuses"},
             {"CREATE INDEX \"concurrently\" ON t (a)", "plain"},
             {"CREATE INDEX i ON t (a)", "plain"},
             {"DROP INDEX CONCURRENTLY i", "refuses"},
             {"DROP INDEX i", "plain"},
             {"REINDEX TABLE CONCURRENTLY t", "refuses"},
             {"REINDEX (VERBOSE, CONCURRENTLY) TABLE t", "refuses"},
             {"REINDEX SCHEMA s", "refuses"},
             {"REINDEX DATABASE d", "refuses"},
             {"REINDEX (VERBOSE) SYSTEM d", "refuses"},
             {"REINDEX TABLE t", ""},
             {"ALTER TABLE t DETACH PARTITION p CONCURRENTLY", "refuses"},
             {"ALTER TABLE t DETACH PARTITION p", "plain"},
             {"CLUSTER", "refuses"},
             {"CLUSTER VERBOSE", "refuses"},
             {"CLUSTER (VERBOSE)", "refuses"},
             {"CLUSTER t USING i", ""},
             {"CLUSTER (VERBOSE) t", ""},
             {"CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p", "refuses"},
             {"DROP SUBSCRIPTION s", "refuses"},
             {"ALTER SUBSCRIPTION s REFRESH PUBLICATION", "refuses"},
             {"ALTER SUBSCRIPTION s SET PUBLICATION p", "refuses"},
             {"ALTER SUBSCRIPTION s OWNER TO x", "plain"},
             {"DISCARD ALL", "refuses settings"},
             {"DISCARD TEMP", "settings"},
             {"COMMIT PREPARED 'x'", "refuses"},
             {"ROLLBACK PREPARED 'x'", "refuses"},
             {"SELECT 'VACUUM', $$CREATE DATABASE x$$", "plain"},
         })
        EXPECT_EQ(told(statement), expected) << statement;
}

TEST(Classify, TransactionControl) {
    for (const auto& [statement, expected] : std::vector<ClassifyCase>{
             {"BEGIN", "begin"},
             {"begin work", "begin"},
             {"START TRANSACTION READ ONLY", "begin"},
             {"COMMIT", "commit"},
             {"END", "commit"},
             {"END TRANSACTION", "commit"},
             {"COMMIT AND CHAIN", "commit chain"},
             {"COMMIT AND NO CHAIN", "commit"},
             {"ROLLBACK", "rollback"},
             {"ABORT", "rollback"},
             {"ROLLBACK WORK AND CHAIN", "rollback chain"},
             {"ROLLBACK TO SAVEPOINT a", "savepoint"},
             {"ROLLBACK TO a", "savepoint"},
             {"SAVEPOINT a", "savepoint"},
             {"RELEASE SAVEPOINT a", "savepoint"},
             {"PREPARE TRANSACTION 'x'", "prepare"},
             {"PREPARE p AS SELECT 1", "session"},
             {"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "sets-transaction"},
             {"SET LOCAL TRANSACTION READ ONLY", "sets-transaction"},
             {"SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "settings"},
             {"CALL p()", "may-commit"},
             {"DO $$ BEGIN COMMIT; END $$", "may-commit"},
             {"DO $$ BEGIN rollback; END $$", "may-commit"},
             {"DO $$ BEGIN PERFORM committed(); END $$", ""},
             {"SELECT 1; COMMIT", "may-commit"},
             {"CREATE TABLE t (); COMMIT; SELECT 1", "may-commit"},
         })
        EXPECT_EQ(told(statement), expected) << statement;
}

TEST(Classify, OptionsOfBegin) {
    const struct {
        const char* statement;
        const char* options;
    } cases[] = {
        {"BEGIN", ""},
        {"BEGIN WORK", ""},
        {"BEGIN ISOLATION LEVEL SERIALIZABLE, READ ONLY", "ISOLATION LEVEL SERIALIZABLE, READ ONLY"},
        {"begin transaction read write", "READ WRITE"},
        {"START TRANSACTION DEFERRABLE", "DEFERRABLE"},
        {"BEGIN -- of it all", ""},
        {"BEGIN /* a */ READ -- b\n ONLY", "READ ONLY"},
    };
    for (const auto& one : cases) EXPECT_EQ(classify(one.statement).begin_options, one.options) << one.statement;
}

TEST(Classify, Copy) {
    for (const auto& [statement, expected] : std::vector<ClassifyCase>{
             {"COPY t FROM STDIN", "copy-in"},
             {"copy s.t (a, \"from\") from stdin with (format csv)", "copy-in"},
             {"COPY \"to\" FROM STDIN", "copy-in"},
             {"COPY t TO STDOUT", "copy-out"},
             {"COPY (SELECT a FROM stdin) TO STDOUT", "copy-out"},
             {"COPY t TO '/tmp/x'", "outside"},
             {"COPY t TO PROGRAM 'x'", "outside"},
             {"COPY t FROM PROGRAM 'x'", "outside"},
             {"COPY t FROM '/tmp/x'", ""},
             {"SELECT 1; COPY t FROM STDIN", "copy-in"},
         })
        EXPECT_EQ(told(statement), expected) << statement;
}

TEST(Classify, WhatLivesInTheSession) {
    for (const auto& [statement, expected] : std::vector<ClassifyCase>{
             {"CREATE TEMP TABLE t ()", "session"},
             {"CREATE LOCAL TEMPORARY TABLE t ()", "session"},
             {"CREATE OR REPLACE TEMP VIEW v AS SELECT 1", "session"},
             {"CREATE UNLOGGED TABLE t ()", "plain"},
             {"SELECT 1 INTO TEMP t", "session"},
             {"SELECT 1 INTO t", "plain"},
             {"DECLARE c CURSOR WITH HOLD FOR SELECT 1", "session"},
             {"DECLARE c CURSOR FOR SELECT 1", ""},
             {"LISTEN x", "session"},
             {"SET search_path = a", "settings"},
             {"SET SESSION search_path TO a", "settings"},
             {"SET LOCAL search_path TO a", ""},
             {"SET CONSTRAINTS ALL DEFERRED", ""},
             {"RESET ALL", "settings"},
             {"SELECT pg_catalog.set_config('search_path', '', false)", "settings"},
             {"WITH a AS (SELECT set_config('a.b', '', false)) SELECT 1", "settings"},
             {"SELECT my_set_config_table", "plain"},
             {"SET ROLE x", "settings role"},
             {"SET LOCAL ROLE x", "settings role"},
             {"SET SESSION AUTHORIZATION x", "settings role"},
             {"SET LOCAL SESSION AUTHORIZATION DEFAULT", "settings role"},
             {"SET SESSION SESSION AUTHORIZATION x", "settings role"},
             {"RESET ROLE", "settings role"},
             {"RESET SESSION AUTHORIZATION", "settings role"},
         })
        EXPECT_EQ(told(statement), expected) << statement;
}

TEST(Classify, WhatTouchesGlobals) {
    for (const auto& [statement, expected] : std::vector<ClassifyCase>{
             {"CREATE ROLE x", "globals plain"},
             {"CREATE USER x", "globals plain"},
             {"CREATE GROUP x", "globals plain"},
             {"CREATE USER MAPPING FOR x SERVER y", "plain"},
             {"ALTER ROLE x LOGIN", "globals plain"},
             {"ALTER USER x SET a = 1", "globals plain"},
             {"ALTER USER MAPPING FOR x SERVER y OPTIONS (SET a 'b')", "plain"},
             {"ALTER TABLESPACE x OWNER TO y", "globals plain"},
             {"DROP ROLE x", "globals plain"},
             {"DROP USER MAPPING FOR x SERVER y", "plain"},
             {"GRANT a TO b", "globals plain"},
             {"REVOKE a FROM b", "globals plain"},
             {"GRANT SELECT ON t TO b", "plain"},
             {"GRANT CONNECT ON DATABASE d TO b", "globals plain"},
             {"REVOKE ALL ON DATABASE d FROM PUBLIC", "globals plain"},
             {"GRANT CREATE ON TABLESPACE d TO b", "globals plain"},
             {"COMMENT ON ROLE x IS 'y'", "globals plain"},
             {"COMMENT ON DATABASE x IS 'y'", "globals plain"},
             {"COMMENT ON TABLE x IS 'ROLE'", "plain"},
             {"SELECT 1; CREATE ROLE x", "globals"},
         })
        EXPECT_EQ(told(statement), expected) << statement;
}

TEST(Classify, WhatIsPlain) {
    for (const auto& [statement, expected] : std::vector<ClassifyCase>{
             {"INSERT INTO t VALUES (1)", "plain"},
             {"UPDATE t SET a = 1", "plain"},
             {"DELETE FROM t", "plain"},
             {"SELECT 1", "plain"},
             {"WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", "plain"},
             {"CREATE TABLE t (a int)", "plain"},
             {"ALTER TYPE e ADD VALUE 'x'", "enum plain"},
             {"ALTER TYPE e ADD VALUE IF NOT EXISTS 'x' BEFORE 'y'", "enum plain"},
             {"ALTER TYPE e ADD ATTRIBUTE a int", "plain"},
             {"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END", "plain"},
             {"CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC SELECT 1; END", "plain"},
             {"CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)", "plain"},
             {"CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$", "plain"},
             {"DO $$ BEGIN NULL; END $$", ""},
             {"EXPLAIN ANALYZE SELECT 1", ""},
             {"NOTIFY x", ""},
             {"SELECT 1; SELECT 2", ""},
             {"SELECT 1;", "plain"},
             {"", ""},
             {"/* a", ""},
             {"(SELECT 1)", ""},
             {"'", ""},
             {"$a$", ""},
             {")))", ""},
         })
        EXPECT_EQ(told(statement), expected) << statement;
}

TEST(Classify, Verbs) {
    const struct {
        const char* statement;
        const char* verb;
    } cases[] = {
        {"create unique index concurrently i on t (a)", "CREATE UNIQUE INDEX CONCURRENTLY"},
        {"CREATE OR REPLACE FUNCTION f() RETURNS int", "CREATE FUNCTION"},
        {"INSERT INTO t VALUES (1)", "INSERT INTO"},
        {"START TRANSACTION", "START TRANSACTION"},
        {"/* c */ vacuum", "VACUUM"},
        {"ALTER TABLE \"INDEX\" ADD a int", "ALTER TABLE"},
    };
    for (const auto& one : cases) EXPECT_EQ(classify(one.statement).verb, one.verb) << one.statement;
}

}  // namespace
}  // namespace pgprimer::sql
