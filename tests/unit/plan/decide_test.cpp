#include "pgprimer/plan/decide.hpp"

#include <gtest/gtest.h>

#include "facts.hpp"

namespace pgprimer::plan {
namespace {

using config::Rerun;

Lines decide_sql(Rerun rerun, std::vector<Unit> units, std::vector<Record> records, bool forced = false) {
    config::Sql kind;
    kind.rerun = rerun;
    Facts facts;
    facts.units = std::move(units);
    facts.records = std::move(records);
    facts.forced = forced;
    return lines_of(decide(step_of(kind), facts));
}

TEST(Sql, RunsWhatIsNewOrChanged) {
    const std::vector<Unit> one{unit("a", "c")};
    const struct {
        const char* what;
        Rerun rerun;
        std::vector<Record> records;
        bool forced;
        Lines lines;
    } cases[] = {
        {"new", Rerun::changed, {}, false, {"apply a: new"}},
        {"new, once", Rerun::once, {}, false, {"apply a: new"}},
        {"new, always", Rerun::always, {}, false, {"apply a: new"}},
        {"new, forced", Rerun::changed, {}, true, {"apply a: new"}},
        {"unchanged", Rerun::changed, {record("a", State::done)}, false, {"skip a: unchanged since 2026-01-02"}},
        {"unchanged, once", Rerun::once, {record("a", State::done)}, false, {"skip a: unchanged since 2026-01-02"}},
        {"unchanged, always", Rerun::always, {record("a", State::done)}, false, {"again a: rerun = \"always\""}},
        {"unchanged, forced", Rerun::once, {record("a", State::done)}, true, {"again a: forced"}},
        {"changed", Rerun::changed, {record("a", State::done, "old")}, false, {"again a: its content changed since 2026-01-02"}},
        {"changed, once",
         Rerun::once,
         {record("a", State::done, "old")},
         false,
         {"!skip a: a changed since it ran, 2026-01-02; rerun = \"once\" leaves it"}},
        {"baseline", Rerun::changed, {record("a", State::baseline)}, false, {"skip a: unchanged since 2026-01-02"}},
        {"baseline without checksum", Rerun::changed, {record("a", State::baseline, "")}, false, {"skip a: unchanged since 2026-01-02"}},
        {"baseline, changed", Rerun::changed, {record("a", State::baseline, "old")}, false, {"again a: its content changed since 2026-01-02"}},
        {"done without checksum", Rerun::changed, {record("a", State::done, "")}, false, {"again a: its content changed since 2026-01-02"}},
        {"failed", Rerun::changed, {record("a", State::failed)}, false, {"again a: failed last time"}},
        {"failed, once", Rerun::once, {record("a", State::failed)}, false, {"again a: failed last time"}},
        {"record of another", Rerun::changed, {record("b", State::done)}, false, {"apply a: new"}},
    };
    for (const auto& test : cases) EXPECT_EQ(decide_sql(test.rerun, one, test.records, test.forced), test.lines) << test.what;
}

TEST(Sql, KeepsTheOrderOfItsFiles) {
    config::Sql kind;
    Facts facts;
    facts.units = {unit("b", "c"), unit("a", "c"), unit("c", "d")};
    facts.records = {record("c", State::done), record("b", State::done)};
    const auto actions = decide(step_of(kind), facts);
    EXPECT_EQ(lines_of(actions), (Lines{"skip b: unchanged since 2026-01-02", "apply a: new", "again c: its content changed since 2026-01-02"}));
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ((*actions)[i].unit, i);
    EXPECT_EQ((*actions)[1].key, (Key{"the-step", "", "a"}));
}

TEST(Sql, GoesOnWhereItWasInterrupted) {
    Record partial = record("a", State::partial);
    EXPECT_EQ(decide_sql(Rerun::changed, {unit("a", "c")}, {partial}), Lines{"again a: interrupted before its first statement was done"});
    partial.statement = 3;
    partial.line = 12;
    EXPECT_EQ(decide_sql(Rerun::changed, {unit("a", "c")}, {partial}), Lines{"resume a: interrupted after statement 3 (line 12)"});
    partial.verb = "CREATE TABLE";
    EXPECT_EQ(decide_sql(Rerun::changed, {unit("z", "c"), unit("a", "c")}, {partial}),
              (Lines{"apply z: new", "resume a: interrupted after statement 3 (line 12: CREATE TABLE)"}));
    EXPECT_EQ(decide_sql(Rerun::changed, {unit("a", "c")}, {partial}, true), Lines{"again a: forced"});
}

TEST(Sql, DoesNotGuessAboutAStatementWithoutAnEnd) {
    Record started = record("a", State::started);
    started.statement = 3;
    started.line = 12;
    started.verb = "CALL";
    config::Sql kind;
    Facts facts;
    facts.units = {unit("a", "c")};
    facts.records = {started};
    const auto actions = decide(step_of(kind), facts);
    ASSERT_TRUE(actions.has_error());
    EXPECT_EQ(actions.error().error, Error::disagreement);
    EXPECT_EQ(actions.error().place, (Place{"initdb/a", 12, 0}));
    EXPECT_EQ(actions.error().step, "the step");
    EXPECT_TRUE(actions.error().message.starts_with("statement 3 (line 12: CALL) was begun")) << actions.error().message;
    for (const char* option : {"--mark-done", "--mark-not-done", "--start-over"})
        EXPECT_NE(actions.error().hint.find(std::string("pgprimer repair ") + option + " --step the-step --unit a"), std::string::npos);
    facts.forced = true;
    EXPECT_EQ(lines_of(decide(step_of(kind), facts)), Lines{"again a: forced"});
}

TEST(Sql, GoesOnWhereTheServerTellsWhatBecameOfAStatement) {
    Record started = record("a", State::started);
    started.statement = 3;
    started.line = 12;
    started.verb = "CREATE INDEX CONCURRENTLY";
    EXPECT_EQ(decide_sql(Rerun::changed, {unit("a", "c")}, {started}),
              Lines{"resume a: interrupted in statement 3 (line 12: CREATE INDEX CONCURRENTLY): looks what became of it, and goes on"});
}

TEST(Hook, RunsByItsFingerprint) {
    const struct {
        const char* what;
        const char* fingerprint;
        std::vector<Record> records;
        bool forced;
        const char* line;
    } cases[] = {
        {"first", "c", {}, false, "apply hook: has not run yet"},
        {"first, without inputs", "", {}, false, "apply hook: no inputs: runs every time"},
        {"unchanged", "c", {record("hook", State::done)}, false, "skip hook: inputs unchanged"},
        {"changed", "d", {record("hook", State::done)}, false, "again hook: inputs changed"},
        {"without inputs", "", {record("hook", State::done, "")}, false, "again hook: no inputs: runs every time"},
        {"inputs were added", "c", {record("hook", State::done, "")}, false, "again hook: inputs changed"},
        {"failed", "c", {record("hook", State::failed)}, false, "again hook: failed last time"},
        {"started", "c", {record("hook", State::started)}, false, "again hook: failed last time"},
        {"baseline", "c", {record("hook", State::baseline, "")}, false, "skip hook: inputs unchanged"},
        {"forced", "c", {record("hook", State::done)}, true, "again hook: forced"},
        {"forced, first", "c", {}, true, "apply hook: forced"},
    };
    for (const auto& test : cases) {
        Facts facts;
        facts.units = {unit("hook", test.fingerprint)};
        facts.records = test.records;
        facts.forced = test.forced;
        EXPECT_EQ(lines_of(decide(step_of(config::Exec{}), facts)), Lines{test.line}) << test.what;
    }
}

TEST(Flush, RunsOncePerPlanId) {
    const struct {
        const char* what;
        const char* id;
        std::vector<Record> records;
        bool forced;
        const char* line;
    } cases[] = {
        {"first", "p1", {}, false, "apply flush: has not run yet"},
        {"done", "p1", {record("flush", State::done, "p1")}, false, "skip flush: already done for this plan"},
        {"another plan", "p2", {record("flush", State::done, "p1")}, false, "again flush: not yet done for this plan"},
        {"failed", "p1", {record("flush", State::failed, "p1")}, false, "again flush: failed last time"},
        {"forced", "p1", {record("flush", State::done, "p1")}, true, "again flush: forced"},
    };
    for (const auto& test : cases) {
        Facts facts;
        facts.units = {unit("flush", "not looked at")};
        facts.records = test.records;
        facts.forced = test.forced;
        facts.plan_id = test.id;
        EXPECT_EQ(lines_of(decide(step_of(config::Flush{}), facts)), Lines{test.line}) << test.what;
    }
}

TEST(OtherKinds, LookThemselves) {
    EXPECT_EQ(lines_of(decide(step_of(config::Expect{}), {})), Lines{"apply expect: looks itself"});
    EXPECT_EQ(lines_of(decide(step_of(config::Ensure{}), {})), Lines{"apply ensure: looks itself"});
}

TEST(Words, OfStatesAndActions) {
    for (const State state : {State::done, State::started, State::partial, State::failed, State::baseline})
        EXPECT_EQ(parse_state(to_string(state)), state);
    for (const char* text : {"", "Done", "done ", "?"}) EXPECT_EQ(parse_state(text), std::nullopt) << text;
    EXPECT_TRUE(counts_as_applied(State::done) && counts_as_applied(State::baseline));
    EXPECT_FALSE(counts_as_applied(State::started) || counts_as_applied(State::partial) || counts_as_applied(State::failed));
    EXPECT_STREQ(to_string(What::resume), "resume");
}

}  // namespace
}  // namespace pgprimer::plan
