#include "pgprimer/event/report.hpp"

#include <gtest/gtest.h>

namespace pgprimer::event {
namespace {

using namespace std::chrono_literals;

StepFinished step(const char* id, Outcome outcome, std::size_t applied, Duration took) {
    StepFinished out;
    out.id = out.name = id;
    out.outcome = outcome;
    out.applied = applied;
    out.took = took;
    return out;
}

TEST(Report, FoldsARun) {
    Report report;
    report.apply(RunStarted{"r1", "1.0", "p", "default", 2, false});
    report.apply(StepStarted{"a", "a", "sql"});
    report.apply(Message{Level::info, "not kept", ""});
    report.apply(Message{Level::warning, "kept", "a"});
    report.apply(Problem{Level::error, Diagnostic(Error::failed, "bad")});
    report.apply(step("a", Outcome::done, 3, 1s));
    report.apply(step("b", Outcome::unchanged, 0, 1ms));
    EXPECT_FALSE(report.ended);
    report.apply(RunFinished{1, 2s, "p", false});
    EXPECT_TRUE(report.ended);
    EXPECT_EQ(report.run.run, "r1");
    EXPECT_EQ(report.finished.exit_status, 1);
    ASSERT_EQ(report.steps.size(), 2U);
    EXPECT_EQ(report.steps[0].id, "a");
    EXPECT_EQ(report.steps[1].id, "b");
    ASSERT_EQ(report.warnings.size(), 1U);
    EXPECT_EQ(report.warnings[0].text, "kept");
    ASSERT_EQ(report.problems.size(), 1U);
}

TEST(Report, AStepDoneAgainStandsOnce) {
    const struct {
        Outcome first, second, told;
        std::size_t applied;
    } cases[] = {
        {Outcome::done, Outcome::unchanged, Outcome::done, 3}, {Outcome::done, Outcome::done, Outcome::done, 5},
        {Outcome::unchanged, Outcome::done, Outcome::done, 5}, {Outcome::unchanged, Outcome::unchanged, Outcome::unchanged, 3},
        {Outcome::failed, Outcome::done, Outcome::done, 5},    {Outcome::failed, Outcome::unchanged, Outcome::unchanged, 3},
        {Outcome::done, Outcome::failed, Outcome::failed, 5},
    };
    for (const auto& one : cases) {
        Report report;
        report.apply(step("a", one.first, 3, 1s));
        report.apply(step("b", Outcome::done, 1, 1s));
        report.apply(step("a", one.second, one.second == Outcome::unchanged ? 0 : 2, 2s));
        ASSERT_EQ(report.steps.size(), 2U);
        EXPECT_EQ(report.steps[0].id, "a");
        EXPECT_EQ(report.steps[0].outcome, one.told) << to_string(one.first) << ", " << to_string(one.second);
        EXPECT_EQ(report.steps[0].applied, one.applied);
        EXPECT_EQ(report.steps[0].took, 3s);
    }
}

TEST(Report, NamesOutcomes) {
    EXPECT_STREQ(to_string(Outcome::done), "done");
    EXPECT_STREQ(to_string(Outcome::unchanged), "unchanged");
    EXPECT_STREQ(to_string(Outcome::failed), "failed");
    EXPECT_STREQ(to_string(Outcome::skipped), "skipped");
    EXPECT_STREQ(to_string(Outcome::disabled), "disabled");
}

}  // namespace
}  // namespace pgprimer::event
