#include "pgprimer/plan/repair.hpp"

#include <gmock/gmock.h>

#include "facts.hpp"

namespace pgprimer::plan {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Record at(Record record, int statement, const std::string& prefix) {
    record.statement = statement;
    record.line = 7;
    record.verb = "CALL";
    record.prefix = prefix;
    return record;
}

// "a: text => state statement prefix", or "error ...".
std::string mended(Mend what, const Facts& facts, const std::vector<std::string>& units = {}) {
    const auto changes = mend(what, "the-step", units, facts);
    if (!changes) return "error " + changes.error().message + " | " + changes.error().hint;
    std::string out;
    for (const auto& change : *changes) {
        out += change.text + " => ";
        if (change.becomes)
            out += std::string(to_string(change.becomes->state)) + " " + std::to_string(change.becomes->statement) + " [" + change.becomes->prefix +
                   "] " + change.becomes->checksum;
        else
            out += "deleted";
        out += "\n";
    }
    return out;
}

Facts facts_of(std::vector<Record> records, std::vector<Unit> units = {}) {
    Facts out;
    out.records = std::move(records);
    out.units = std::move(units);
    return out;
}

TEST(Repair, GoesOnAfterAStatementThatTookEffectOrBeforeOneThatDidNot) {
    const Facts facts = facts_of({at(record("a", State::started), 3, "two three"), record("b", State::done)});
    EXPECT_EQ(mended(Mend::mark_done, facts, {"a"}),
              "step the-step, a: statement 3 (line 7: CALL) took effect: the next run goes on after it => partial 3 [three] c\n");
    EXPECT_EQ(
        mended(Mend::mark_not_done, facts),
        "step the-step, a: statement 3 (line 7: CALL) had no effect and left nothing: the next run executes it again and goes on => partial 2 [two] c\n");
    EXPECT_THAT(mended(Mend::mark_done, facts, {"b"}),
                HasSubstr("--mark-done does not apply to unit \"b\" of step \"the-step\": it was applied, 2026-01-02"));
    EXPECT_EQ(mended(Mend::mark_done, facts_of({})), "");
}

TEST(Repair, AcceptsWhatAFileIsNow) {
    EXPECT_EQ(mended(Mend::accept, facts_of({record("a", State::done, "old")}, {unit("a", "new")})),
              "step the-step, a: initdb/a as it is now is what was applied, 2026-01-02 (checksum old becomes new) => done 0 [] new\n");
    EXPECT_EQ(mended(Mend::accept, facts_of({at(record("a", State::partial), 3, "x")}, {unit("a", "new")}), {"a"}),
              "step the-step, a: what stands in initdb/a up to statement 3 (line 7: CALL) is accepted as it is now => partial 3 [] c\n");
    EXPECT_EQ(mended(Mend::accept, facts_of({at(record("a", State::started), 3, "x y")}, {unit("a", "new")}), {"initdb/a"}),
              "step the-step, a: what stands in initdb/a up to statement 3 (line 7: CALL) is accepted as it is now => started 3 [ ] c\n");
    EXPECT_THAT(mended(Mend::accept, facts_of({record("a", State::done)}, {unit("a", "c")}), {"a"}), HasSubstr("its file is as it was applied"));
    EXPECT_THAT(mended(Mend::accept, facts_of({record("a", State::done)}), {"a"}), HasSubstr("its file is gone: --forget"));
}

TEST(Repair, ForgetsOnlyWhatHasNoFile) {
    const Facts facts = facts_of({record("a", State::done), record("b", State::done)}, {unit("b", "c")});
    EXPECT_EQ(mended(Mend::forget, facts), "step the-step, a: it was applied, 2026-01-02, and its file is gone; its row is deleted => deleted\n");
    EXPECT_THAT(mended(Mend::forget, facts, {"b"}), HasSubstr("its file is there, initdb/b: --start-over"));
}

TEST(Repair, StartsOver) {
    const Facts facts =
        facts_of({at(record("a", State::partial), 3, "x"), record("b", State::done), record("d", State::failed)}, {unit("a", "c"), unit("b", "c")});
    EXPECT_THAT(mended(Mend::start_over, facts, {"b"}), HasSubstr("its row is deleted: the next run runs it from its beginning => deleted"));
    EXPECT_THAT(mended(Mend::start_over, facts), StartsWith("step the-step, a: it was interrupted after statement 3"));
    EXPECT_THAT(mended(Mend::start_over, facts), HasSubstr("step the-step, d: it failed"));
    EXPECT_THAT(mended(Mend::start_over, facts), ::testing::Not(HasSubstr("step the-step, b")));
}

TEST(Repair, KnowsAMigrationByEachOfItsNames) {
    Facts facts = facts_of({record("001", State::done, "old")});
    migration::Version version;
    version.id = "1";
    version.order = {"1"};
    version.up.path = "/m/1_a.sql";
    version.up.name = "m/1_a.sql";
    version.checksum = "new";
    facts.versions = {version};
    for (const char* name : {"001", "1", "m/1_a.sql"}) EXPECT_THAT(mended(Mend::accept, facts, {name}), HasSubstr("m/1_a.sql as it is now")) << name;
    EXPECT_THAT(mended(Mend::accept, facts, {"002"}), HasSubstr("error the ledger has no unit \"002\""));
}

TEST(Repair, NamesItsCommandsForAShell) {
    EXPECT_EQ(repair_command(Mend::mark_done, {"s", "", "a b.sql"}), "pgprimer repair --mark-done --step s --unit 'a b.sql'");
    EXPECT_EQ(repair_command(Mend::forget, {"s", "", "it's"}), "pgprimer repair --forget --step s --unit 'it'\\''s'");
    EXPECT_EQ(called({"s", "", ""}), "--step s");
}

}  // namespace
}  // namespace pgprimer::plan
