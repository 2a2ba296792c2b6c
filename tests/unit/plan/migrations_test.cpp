#include <gtest/gtest.h>

#include "facts.hpp"
#include "pgprimer/base/text.hpp"

namespace pgprimer::plan {
namespace {

using config::Policy;
using migration::Version;

Version version(const std::string& id, const std::string& checksum = "c") {
    Version out;
    out.id = id;
    out.name = "x";
    out.repeatable = id.starts_with("R__");
    if (!out.repeatable) out.order = split(id, '.');
    out.up.path = "/m/" + id + ".sql";
    out.up.name = "m/" + id + ".sql";
    out.checksum = checksum;
    return out;
}

Facts facts_of(std::vector<Version> versions, std::vector<Record> records) {
    Facts out;
    out.versions = std::move(versions);
    out.records = std::move(records);
    return out;
}

Lines decided(const config::Migrations& kind, const Facts& facts) { return lines_of(decide(step_of(kind), facts)); }

const std::string since = ": unchanged since 2026-01-02";

TEST(Migrations, RunOnceInOrder) {
    const struct {
        const char* what;
        Facts facts;
        Lines lines;
    } cases[] = {
        {"none", {}, {}},
        {"new", facts_of({version("1"), version("2")}, {}), {"apply 1: new", "apply 2: new"}},
        {"one more", facts_of({version("1"), version("2")}, {record("1", State::done)}), {"skip 1" + since, "apply 2: new"}},
        {"all",
         facts_of({version("1"), version("2")}, {record("2", State::baseline), record("1", State::done)}),
         {"skip 1" + since, "skip 2" + since}},
        {"a baseline without checksums", facts_of({version("1")}, {record("1", State::baseline, "")}), {"skip 1" + since}},
        {"failed", facts_of({version("1"), version("2")}, {record("1", State::failed)}), {"again 1: failed last time", "apply 2: new"}},
        {"parts are numbers", facts_of({version("1.9"), version("1.10")}, {record("1.9", State::done)}), {"skip 1.9" + since, "apply 1.10: new"}},
        {"renumbered, without zeros", facts_of({version("1"), version("2")}, {record("001", State::done)}), {"skip 001" + since, "apply 2: new"}},
        {"renumbered, with more parts", facts_of({version("1.0"), version("1.2")}, {record("1", State::done)}), {"skip 1" + since, "apply 1.2: new"}},
        {"renumbered, failed", facts_of({version("1")}, {record("001", State::failed)}), {"again 001: failed last time"}},
        {"repeatables",
         facts_of({version("1"), version("R__a"), version("R__b"), version("R__c")},
                  {record("1", State::done), record("R__a", State::done), record("R__b", State::done, "old")}),
         {"skip 1" + since, "skip R__a" + since, "again R__b: its content changed since 2026-01-02", "apply R__c: new"}},
    };
    for (const auto& test : cases) EXPECT_EQ(decided({}, test.facts), test.lines) << test.what;
}

TEST(Migrations, PartialOnesGoOnAndStartedOnesAreAsked) {
    Record partial = record("1", State::partial);
    partial.statement = 2;
    partial.line = 5;
    EXPECT_EQ(decided({}, facts_of({version("1")}, {partial})), Lines{"resume 1: interrupted after statement 2 (line 5)"});
    Record started = partial;
    started.state = State::started;
    auto facts = facts_of({version("1"), version("2")}, {started});
    const auto refused = decide(step_of(config::Migrations{}), facts);
    ASSERT_TRUE(refused.has_error());
    EXPECT_TRUE(refused.error().message.starts_with("statement 2 (line 5) was begun")) << refused.error().message;
    EXPECT_EQ(refused.error().place.line, 5);
    facts.forced = true;
    EXPECT_EQ(decided({}, facts), (Lines{"again 1: forced", "apply 2: new"}));
}

TEST(Migrations, Changed) {
    const auto facts = facts_of({version("1", "new"), version("2")}, {record("1", State::done)});
    const std::string what = "migration m/1.sql was changed after it was applied, 2026-01-02";
    config::Migrations kind;
    EXPECT_EQ(decided(kind, facts), Lines{"error " + what});
    kind.changed = Policy::warn;
    EXPECT_EQ(decided(kind, facts), (Lines{"!skip 1: " + what, "apply 2: new"}));
    kind.changed = Policy::ignore;
    EXPECT_EQ(decided(kind, facts), (Lines{"skip 1: " + what, "apply 2: new"}));
}

TEST(Migrations, Missing) {
    const auto facts = facts_of({version("1"), version("3")},
                                {record("1", State::done), record("2", State::done), record("R__a", State::done), record("1.5", State::failed)});
    const std::string two = "the file of version 2, applied 2026-01-02, is gone",
                      repeatable = "the file of version R__a, applied 2026-01-02, is gone";
    config::Migrations kind;
    EXPECT_EQ(decided(kind, facts), (Lines{"error " + two, "error " + repeatable}));
    kind.missing = Policy::warn;
    EXPECT_EQ(decided(kind, facts), (Lines{"skip 1" + since, "apply 3: new", "!skip 2: " + two, "!skip R__a: " + repeatable}));
    kind.missing = Policy::ignore;
    EXPECT_EQ(decided(kind, facts), (Lines{"skip 1" + since, "apply 3: new", "skip 2: " + two, "skip R__a: " + repeatable}));
}

TEST(Migrations, Ahead) {
    const auto facts = facts_of({version("1"), version("9")}, {record("1", State::done), record("10", State::done), record("9.1", State::done)});
    const auto what = [](const std::string& id) {
        return "the ledger is ahead of the files: version " + id + ", applied 2026-01-02, is newer than all of them";
    };
    config::Migrations kind;  // warns
    EXPECT_EQ(decided(kind, facts), (Lines{"skip 1" + since, "apply 9: new", "!skip 10: " + what("10"), "!skip 9.1: " + what("9.1")}));
    kind.ahead = Policy::ignore;
    EXPECT_EQ(decided(kind, facts), (Lines{"skip 1" + since, "apply 9: new", "skip 10: " + what("10"), "skip 9.1: " + what("9.1")}));
    kind.ahead = Policy::error;
    EXPECT_EQ(decided(kind, facts), (Lines{"error " + what("10"), "error " + what("9.1")}));
    // No file at all: everything is newer.
    kind.ahead = Policy::warn;
    EXPECT_EQ(decided(kind, facts_of({}, {record("1", State::done)})), Lines{"!skip 1: " + what("1")});
}

TEST(Migrations, OutOfOrder) {
    const auto facts = facts_of({version("1"), version("2"), version("3"), version("R__a")}, {record("1", State::done), record("3", State::done)});
    const std::string what = "migration m/2.sql is older than m/3.sql, which is applied, and was never applied itself";
    const Lines others{"skip 1" + since, "", "skip 3" + since, "apply R__a: new"};
    const auto with = [&others](const std::string& line) {
        Lines out = others;
        out[1] = line;
        return out;
    };
    config::Migrations kind;
    EXPECT_EQ(decided(kind, facts), Lines{"error " + what});
    kind.out_of_order = Policy::apply;
    EXPECT_EQ(decided(kind, facts), with("apply 2: new, out of order"));
    kind.out_of_order = Policy::warn;
    EXPECT_EQ(decided(kind, facts), with("!skip 2: " + what + ": left out"));
    kind.out_of_order = Policy::ignore;
    EXPECT_EQ(decided(kind, facts), with("skip 2: " + what + ": left out"));
    // One that was begun belongs to the order already.
    kind.out_of_order = Policy::error;
    EXPECT_EQ(decided(kind, facts_of({version("2"), version("3")}, {record("2", State::failed), record("3", State::done)})),
              (Lines{"again 2: failed last time", "skip 3" + since}));
    // One that is only begun holds back nobody.
    EXPECT_EQ(decided(kind, facts_of({version("2"), version("3")}, {record("3", State::failed)})),
              (Lines{"apply 2: new", "again 3: failed last time"}));
}

TEST(Migrations, TellAllErrorsAtOnceWithWaysOn) {
    const auto facts =
        facts_of({version("1", "new"), version("2"), version("4")}, {record("1", State::done), record("3", State::done), record("4", State::done)});
    const auto refused = decide(step_of(config::Migrations{}), facts);
    ASSERT_TRUE(refused.has_error());
    const Diagnostic& first = refused.error();
    EXPECT_EQ(first.error, Error::disagreement);
    EXPECT_EQ(first.step, "the step");
    EXPECT_EQ(first.place.file, "m/1.sql");
    EXPECT_NE(first.hint.find("pgprimer repair --accept --step the-step --unit 1"), std::string::npos) << first.hint;
    ASSERT_EQ(first.more.size(), 2U);
    EXPECT_NE(first.more[0].hint.find("out_of_order = \"apply\""), std::string::npos);
    EXPECT_EQ(first.more[1].place, (Place{"pgprimer.toml", 7, 1}));
    EXPECT_NE(first.more[1].hint.find("missing = \"warn\""), std::string::npos);
}

}  // namespace
}  // namespace pgprimer::plan
