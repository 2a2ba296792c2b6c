#include "pgprimer/ledger/claim.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "pgprimer/ledger/schema.hpp"
#include "pgprimer/sql/reader.hpp"
#include "support/fake_files.hpp"

namespace pgprimer::ledger {
namespace {

using testing::HasSubstr;

// What people put into names: quotes, backslashes, ends of strings and statements.
const std::string nasty = "it's; \"x\" \\ $$ -- /* \n DROP";

const Identity identity{"Ledger\"s", nasty};

plan::Record record_of(plan::State state) {
    plan::Record out;
    out.key = {nasty, nasty, nasty};
    out.kind = "sql";
    out.state = state;
    out.checksum = "c";
    out.statement = 3;
    out.line = 12;
    out.verb = out.prefix = out.error = nasty;
    return out;
}

const Run run{"9f3c-1a2b3c4d", 7, nasty, "1.0"};

struct Nothing final : sql::Surroundings {
    [[nodiscard]] std::optional<std::string> variable(const std::string&) const override { return std::nullopt; }
};

// The statements as psql's scanner reads them: a quote that is not closed, or one too many, shows here.
std::vector<std::string> statements_of(const std::string& text) {
    const Nothing nothing;
    sql::Script script;
    script.syntax = sql::Syntax::plain;
    sql::Reader reader(test::source_of(text), script, nothing);
    std::vector<std::string> out;
    while (true) {
        const auto item = reader.next();
        if (!item) return {"error: " + item.error().message};
        if (std::holds_alternative<sql::End>(*item)) return out;
        out.push_back(std::get<sql::Statement>(*item).text);
    }
}

TEST(Claim, IsOneStatementWhateverTheNames) {
    for (const plan::State state : {plan::State::done, plan::State::started, plan::State::partial, plan::State::failed, plan::State::baseline}) {
        const auto record = record_of(state);
        const std::map<std::string, std::string> all{
            {"claim", claim_sql(identity, run, record, expects(record))},
            {"progress", progress_sql(identity, run, record)},
            {"enter", enter_sql(identity, run)},
            {"guard", guard_sql(identity, run)},
            {"hold", hold_sql(identity)},
            {"let go", let_go_sql(identity)},
            {"step", step_sql(identity, {nasty, nasty, nasty, nasty, nasty})},
        };
        for (const auto& [name, text] : all) EXPECT_EQ(statements_of(text).size(), 1U) << name << ": " << text;
    }
}

TEST(Claim, NamesItsLedgerAndItsRow) {
    const Identity plain;
    plan::Record record;
    record.key = {"roles", "", "initdb/01.sql"};
    record.kind = "sql";
    record.checksum = "abc";
    const std::string text = claim_sql(plain, run, record, expects_nothing());
    EXPECT_TRUE(text.starts_with("SELECT \"pgprimer\".claim('default', 7, " + std::to_string(work_key(plain)) +
                                 "::bigint, 'roles', '', 'initdb/01.sql', 'sql', 'done', 'abc', 0, 0, "))
        << text;
    EXPECT_THAT(text, HasSubstr("pg_catalog.current_schema()"));
    EXPECT_THAT(claim_sql(identity, run, record, expects_nothing()), HasSubstr("\"Ledger\"\"s\".claim("));
}

TEST(Claim, SaysWhatItExpectsToFind) {
    EXPECT_EQ(expects_nothing(), "");
    EXPECT_EQ(expects_anything(), "*");
    EXPECT_EQ(expects(record_of(plan::State::partial)), "partial c");
    EXPECT_TRUE(claim_sql(identity, run, record_of(plan::State::done), "partial c").ends_with(", 'partial c')"));
}

TEST(Progress, IsWrittenAsTheLoginRoleAndGivesBackTheRole) {
    for (const std::string& text : {progress_sql(identity, run, record_of(plan::State::partial)), guard_sql(identity, run)}) {
        EXPECT_TRUE(text.starts_with("DO $pgprimer_")) << text;
        EXPECT_THAT(text, HasSubstr("SET LOCAL SESSION AUTHORIZATION DEFAULT; SET LOCAL ROLE NONE; PERFORM \"Ledger\"\"s\"."));
        EXPECT_THAT(text, HasSubstr("set_config('role', v_role, true)"));
    }
    // A tag of its own each time: no text of a script can end it.
    EXPECT_NE(guard_sql(identity, run), guard_sql(identity, run));
}

TEST(Final, IsOneDurableTransaction) {
    Final final;
    final.plan_id = nasty;
    final.seconds = 1.5;
    final.steps = {{nasty, nasty, "d", "s", ""}, {"b", "b", "d", "s", "app"}};
    final.timings = {{{nasty, "", nasty}, 0.25}, {{"b", "", "u"}, 1}};
    final.notify_channel = nasty;
    const auto statements = statements_of(final_sql(identity, run, final));
    ASSERT_EQ(statements.size(), 10U);
    EXPECT_EQ(statements[0], "BEGIN");
    EXPECT_EQ(statements[1], "SET LOCAL synchronous_commit = on");
    EXPECT_EQ(statements[2], enter_sql(identity, run));
    EXPECT_EQ(statements[3], adopt_schemas_sql(identity));
    EXPECT_TRUE(statements[4].starts_with("INSERT INTO \"Ledger\"\"s\".step "));
    EXPECT_THAT(statements[4], HasSubstr("coalesce(pg_catalog.current_schema(), '')"));
    EXPECT_THAT(statements[5], HasSubstr("SELECT 'app' AS schema"));
    EXPECT_TRUE(statements[6].starts_with("UPDATE \"Ledger\"\"s\".unit "));
    EXPECT_TRUE(statements[7].starts_with("INSERT INTO \"Ledger\"\"s\".primed "));
    EXPECT_TRUE(statements[8].starts_with("SELECT pg_catalog.pg_notify("));
    EXPECT_EQ(statements[9], "COMMIT");
    EXPECT_EQ(statements_of(final_sql(identity, run, {})).size(), 6U);
}

TEST(Schema, IsReadableSqlWhateverItsName) {
    const auto theirs = statements_of(create_sql(identity, false)), own = statements_of(create_sql(identity, true));
    EXPECT_EQ(own.size(), theirs.size() + 2);
    EXPECT_EQ(own[0], "CREATE SCHEMA \"Ledger\"\"s\"");
    EXPECT_EQ(theirs, statements_of(create_sql(identity, false)));
    EXPECT_EQ(theirs.size(), statements_of(create_sql({}, false)).size());
    EXPECT_EQ(theirs.back(), "UPDATE \"Ledger\"\"s\".ledger SET version = 2 WHERE version < 2");
    EXPECT_EQ(statements_of(create_sql({nasty, ""}, true)).size(), own.size());
    EXPECT_EQ(statements_of(grant_sql(identity, nasty)).size(), 2U);
    // SET, BEGIN, COMMIT and RESET around what makes it.
    EXPECT_EQ(statements_of(upgrade_sql(identity, false)).size(), theirs.size() + 4);
    EXPECT_THAT(upgrade_sql(identity, true), HasSubstr("ALTER TABLE \"Ledger\"\"s\".unit ADD COLUMN IF NOT EXISTS verb text NOT NULL DEFAULT '';"));
    EXPECT_THAT(upgrade_sql(identity, true), HasSubstr("ADD COLUMN IF NOT EXISTS created_at timestamptz NOT NULL DEFAULT clock_timestamp();"));
}

TEST(Overtaken, IsToldByItsState) {
    EXPECT_TRUE(is_overtaken("PGP01"));
    EXPECT_FALSE(is_overtaken("23505"));
    EXPECT_FALSE(is_overtaken(""));
}

}  // namespace
}  // namespace pgprimer::ledger
