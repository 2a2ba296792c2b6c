#include "pgprimer/announce/summary.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace pgprimer::announce {
namespace {

using namespace std::chrono_literals;
using event::Outcome;
using event::StepFinished;

StepFinished step(const char* name, const char* kind, Outcome outcome, std::size_t applied, std::size_t unchanged, event::Duration took,
                  const char* why = "", bool continued = false) {
    return {name, name, kind, outcome, applied, unchanged, took, why, continued};
}

event::Report report(std::vector<StepFinished> steps, int exit_status, bool primed, event::Duration took = 1500ms) {
    event::Report out;
    out.run.run = "9f3c-1a2b3c4d";
    out.steps = std::move(steps);
    out.finished = {exit_status, took, "abc123", primed};
    out.ended = true;
    return out;
}

TEST(SummaryText, OfARunWithEverythingInIt) {
    EXPECT_EQ(summary_text(
                  report({step("roles, extensions", "sql", Outcome::done, 3, 2, 1200ms), step("sch\u00e9ma", "migrations", Outcome::done, 12, 0, 75s),
                          step("hook", "exec", Outcome::done, 1, 0, 250ms), step("login", "ensure", Outcome::done, 1, 4, 3ms),
                          step("old", "sql", Outcome::unchanged, 0, 2, 0ms, "the ledger has all of it"),
                          step("may fail", "exec", Outcome::failed, 0, 0, 10ms, "exit status 3", true),
                          step("off", "flush", Outcome::disabled, 0, 0, 0ms, "enabled = false")},
                         0, true)),
              R"(
step               kind        result       time  units
roles, extensions  sql         done        1.2 s  3 applied, 2 unchanged
schéma             migrations  done       1m 15s  12 applied
hook               exec        done       250 ms  1 started
login              ensure      done         3 ms  1 changed, 4 unchanged
old                sql         unchanged          2 unchanged             the ledger has all of it
may fail           exec        failed      10 ms                          on_failure = "continue": exit status 3
off                flush       disabled                                   enabled = false
primed in 1.5 s, plan abc123, with failures that the plan tolerates
)");
}

TEST(SummaryText, OfAFailedRun) {
    EXPECT_EQ(summary_text(report({step("one", "sql", Outcome::failed, 1, 0, 12ms, "syntax error at or near \"x\""),
                                   step("two", "migrations", Outcome::skipped, 0, 7, 5ms, "after the failure of one")},
                                  1, false)),
              R"(
step  kind        result    time  units
one   sql         failed   12 ms  1 applied  syntax error at or near "x"
two   migrations  skipped                    after the failure of one
failed after 1.5 s, exit status 1
)");
}

TEST(SummaryText, LastLines) {
    EXPECT_EQ(summary_text(report({}, 0, true, 8ms)), "nothing to do: primed in 8 ms, plan abc123\n");
    EXPECT_EQ(summary_text(report({}, 4, false, 2min)), "failed after 2m 00s, exit status 4\n");
    EXPECT_EQ(summary_text(report({}, 0, false, 8ms)), "done in 8 ms, not the whole plan (--only)\n");
    EXPECT_EQ(summary_text(event::Report{}), "not finished\n");
    EXPECT_EQ(summary_text(report({step("a", "sql", Outcome::unchanged, 0, 3, 0ms)}, 0, true, 8ms)),
              "\nstep  kind  result     time  units\na     sql   unchanged        3 unchanged\nnothing to do: primed in 8 ms, plan abc123\n");
}

TEST(SummaryJson, OfARun) {
    auto failed =
        report({step("a \"b\"", "sql", Outcome::done, 1, 2, 1234ms), step("c", "exec", Outcome::failed, 0, 0, 5ms, "exit\nstatus 3", true)}, 0, true);
    Diagnostic problem(Error::failed, "exit status 3");
    problem.step = "c";
    failed.problems.push_back(problem);
    failed.problems.push_back(problem);
    const std::string text = summary_json(failed);
    EXPECT_EQ(
        text,
        R"({"run":"9f3c-1a2b3c4d","plan":"abc123","primed":true,"exit_status":0,"took_ms":1500,"steps":[)"
        R"({"id":"a \"b\"","name":"a \"b\"","kind":"sql","result":"done","took_ms":1234,"applied":1,"unchanged":2,"why":"","continued":false},)"
        R"({"id":"c","name":"c","kind":"exec","result":"failed","took_ms":5,"applied":0,"unchanged":0,"why":"exit\nstatus 3","continued":true}],)"
        R"("problems":[{"message":"exit status 3","step":"c"},{"message":"exit status 3","step":"c"}]})"
        "\n");
    EXPECT_EQ(boost::json::parse(text).at("steps").at(1).at("why").as_string(), "exit\nstatus 3");
}

TEST(SummaryJson, OfNothing) {
    EXPECT_EQ(summary_json(event::Report{}),
              "{\"run\":\"\",\"plan\":\"\",\"primed\":false,\"exit_status\":0,\"took_ms\":0,\"steps\":[],\"problems\":[]}\n");
}

TEST(SummaryJson, IsValidWhateverTheTextsAre) {
    for (const Outcome outcome : {Outcome::done, Outcome::unchanged, Outcome::failed, Outcome::skipped, Outcome::disabled}) {
        const auto parsed = boost::json::parse(summary_json(report({step("\xFF\x01\\\"\t", "sql", outcome, 0, 0, 0ms, "\xC3\x28\x7F")}, 1, false)));
        EXPECT_EQ(parsed.at("steps").at(0).at("result").as_string(), event::to_string(outcome));
    }
}

}  // namespace
}  // namespace pgprimer::announce
