#include "pgprimer/announce/log.hpp"

#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <regex>

#include "pgprimer/base/text.hpp"

namespace pgprimer::announce {
namespace {

using namespace std::chrono_literals;
using event::Level;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Lines = std::vector<std::string>;

// What a log says of these events, a line each, the time of day taken off.
Lines heard(const std::vector<event::Event>& events, const std::string& level = "info", bool json = false) {
    ::testing::internal::CaptureStderr();
    {
        Log log(json, level);
        for (const auto& one : events) log.hear(one);
    }
    auto lines = split(::testing::internal::GetCapturedStderr(), '\n');
    EXPECT_EQ(lines.back(), "") << "no line feed at the end";
    lines.pop_back();
    static const std::regex time("^[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3} ");
    for (auto& line : lines) line = std::regex_replace(line, time, "");
    return lines;
}

Diagnostic a_failure() {
    Diagnostic d(Error::failed, "syntax error at or near \"SELEC\"");
    d.sqlstate = "42601";
    d.place = {"a.sql", 3, 5};
    d.line_text = "DO; SELEC";
    d.hint = "look at it";
    d.step = "roles";
    return d;
}

std::vector<event::Event> one_of_each() {
    return {event::Message{Level::info, "text", "step"},
            event::Problem{Level::error, a_failure()},
            event::Problem{Level::warning, a_failure()},
            event::Readiness{"postgresql://u@h:1/d", "refused", "connection refused", 2s, false},
            event::Readiness{"postgresql://u@h:1/d", "ready", "", 3s, true},
            event::RunStarted{"r-1", "1.0", "p", "default", 2, false},
            event::LockWaiting{"another run holds the lock: pid 5", 10s},
            event::LockTaken{1s, "d"},
            event::StepStarted{"roles", "Roles", "sql"},
            event::StepFinished{"roles", "Roles", "sql", event::Outcome::failed, 1, 2, 1s, "why", false},
            event::UnitStarted{"Roles", "a.sql", "new", "whole"},
            event::UnitFinished{"Roles", "a.sql", 15ms, 3},
            event::Notice{"WARNING", "01000", "careful", "detail", "hint", {"a.sql", 3, 0}, "Roles"},
            event::HookLine{"Hook", true, "line \xFF \"quoted\"\x1B[31m"},
            event::ScriptOutput{"Roles", "echoed\n"},
            event::RunFinished{1, 2s, "p", false}};
}

TEST(LogText, OneLineAnEvent) {
    const struct {
        event::Event event;
        const char* line;
    } cases[] = {
        {event::Message{Level::info, "text", ""}, "info text"},
        {event::Message{Level::warning, "text", "Roles"}, "warning [Roles] text"},
        {event::Message{Level::error, "text", ""}, "error text"},
        {event::Readiness{"T", "refused", "connection refused", 0s, false}, "info waiting for T: connection refused"},
        {event::Readiness{"T", "refused", "connection refused", 2s, false}, "info waiting for T for 2.0 s: connection refused"},
        {event::Readiness{"T", "ready", "", 10ms, true}, "info T is ready"},
        {event::Readiness{"T", "ready", "", 3s, true}, "info T is ready, after 3.0 s"},
        {event::RunStarted{"r-1", "1.0", "p", "default", 1, false}, "info pgprimer 1.0, run r-1, 1 step"},
        {event::RunStarted{"r-1", "1.0", "p", "default", 2, false}, "info pgprimer 1.0, run r-1, 2 steps"},
        {event::LockWaiting{"pid 5", 10s}, "info waiting for the lock for 10.0 s: pid 5"},
        {event::LockTaken{1s, "d"}, "info has the lock on d, after 1.0 s"},
        {event::StepFinished{"r", "Roles", "sql", event::Outcome::skipped, 0, 0, 0s, "why", false}, "warning [Roles] skipped: why"},
        {event::UnitStarted{"Roles", "a.sql", "new", "whole"}, "info [Roles] a.sql: new"},
        {event::UnitStarted{"Roles", "a.sql", "new", "stepwise: line 3"}, "info [Roles] a.sql: new (stepwise: line 3)"},
        {event::UnitFinished{"Roles", "a.sql", 15ms, 1}, "info [Roles] a.sql: done in 15 ms, 1 statement"},
        {event::UnitFinished{"Hook", "hook", 15ms, 0}, "info [Hook] hook: done in 15 ms"},
        {event::Notice{"WARNING", "01000", "careful", "more", "", {"a.sql", 3, 0}, "Roles"}, "warning [Roles] a.sql:3: WARNING: careful (more)"},
        {event::Notice{"INFO", "00000", "said", "", "", {}, "Roles"}, "info [Roles] INFO: said"},
        {event::HookLine{"Hook", false, "line"}, "info [Hook] | line"},
        {event::HookLine{"Hook", true, "line"}, "info [Hook] ! line"},
        {event::ScriptOutput{"Roles", "echoed\n\n"}, "info [Roles] | echoed"},
    };
    for (const auto& c : cases) EXPECT_THAT(heard({c.event}), ElementsAre(c.line));
}

TEST(LogText, AProblemIsABlock) {
    EXPECT_THAT(heard({event::Problem{Level::error, a_failure()}}), ElementsAre("error: a.sql:3:5: syntax error at or near \"SELEC\" (42601)",
                                                                                "    DO; SELEC", "        ^", "  step: roles", "  hint: look at it"));
    EXPECT_EQ(heard({event::Problem{Level::warning, a_failure()}}).at(0), "warning: a.sql:3:5: syntax error at or near \"SELEC\" (42601)");
    EXPECT_THAT(heard({event::Problem{Level::warning, a_failure()}}, "error"), IsEmpty());
}

TEST(LogText, WhatIsOnlyForDebugging) {
    const std::vector<event::Event> quiet{event::Message{Level::debug, "x", ""}, event::LockTaken{1ms, "d"}, event::StepStarted{"r", "R", "sql"},
                                          event::StepFinished{"r", "R", "sql", event::Outcome::unchanged, 0, 1, 1ms, "the ledger has it", false},
                                          event::Notice{"NOTICE", "42P07", "already exists", "", "", {}, "R"}};
    EXPECT_THAT(heard(quiet), IsEmpty());
    EXPECT_THAT(heard(quiet, "debug"), ElementsAre("debug x", "debug has the lock on d, after 1 ms", "debug [R] begins (sql)",
                                                   "debug [R] unchanged in 1 ms: the ledger has it", "debug [R] NOTICE: already exists"));
    EXPECT_THAT(heard({event::RunFinished{0, 1s, "p", true}, event::ScriptOutput{"", "printed elsewhere\n"}}, "debug"), IsEmpty());
}

TEST(LogText, LevelsLeaveOutWhatIsBelow) {
    const std::vector<event::Event> all{event::Message{Level::debug, "d", ""}, event::Message{Level::info, "i", ""},
                                        event::Message{Level::warning, "w", ""}, event::Message{Level::error, "e", ""}};
    EXPECT_EQ(heard(all, "debug").size(), 4U);
    EXPECT_EQ(heard(all, "info").size(), 3U);
    EXPECT_EQ(heard(all, "warning").size(), 2U);
    EXPECT_THAT(heard(all, "error"), ElementsAre("error e"));
}

TEST(LogText, ForeignTextCannotForgeLines) {
    const auto notice = heard({event::Notice{"WARNING", "01000", "one\n12:00:00.000 error forged\x1B[2J", "", "", {}, "R"}});
    ASSERT_EQ(notice.size(), 1U);
    EXPECT_EQ(notice[0].find('\x1B'), std::string::npos);
}

TEST(LogJson, EachLineIsAnObjectWithTimeLevelAndEvent) {
    static const std::regex time("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$");
    const auto lines = heard(one_of_each(), "debug", true);
    ASSERT_EQ(lines.size(), one_of_each().size());
    Lines events;
    for (const auto& line : lines) {
        boost::system::error_code error;
        const auto parsed = boost::json::parse(line, error);
        ASSERT_FALSE(error) << line;
        const auto& object = parsed.as_object();
        EXPECT_TRUE(std::regex_match(std::string(object.at("time").as_string()), time)) << line;
        events.push_back(std::string(object.at("level").as_string()) + " " + std::string(object.at("event").as_string()));
    }
    EXPECT_THAT(events, ElementsAre("info message", "error problem", "warning problem", "info readiness", "info readiness", "info run_started",
                                    "info lock_waiting", "info lock_taken", "debug step_started", "debug step_finished", "info unit_started",
                                    "info unit_finished", "warning notice", "info hook_line", "info script_output", "info run_finished"));
}

TEST(LogJson, SaysAllOfAnEvent) {
    const auto of = [](const event::Event& event) {
        const auto lines = heard({event}, "debug", true);
        const auto at = lines.at(0).find("\"event\"");
        return lines.at(0).substr(at);
    };
    EXPECT_EQ(
        of(event::StepFinished{"r", "R", "sql", event::Outcome::failed, 1, 2, 1500ms, "why", true}),
        R"("event":"step_finished","id":"r","step":"R","kind":"sql","result":"failed","applied":1,"unchanged":2,"took_ms":1500,"why":"why","continued":true})");
    EXPECT_EQ(of(event::Problem{Level::error, a_failure()}), "\"event\":\"problem\",\"diagnostic\":" + to_json(a_failure()) + "}");
    EXPECT_EQ(of(event::Readiness{"T", "refused", "text", 2s, false}),
              R"("event":"readiness","target":"T","state":"refused","text":"text","waited_ms":2000,"ready":false})");
    EXPECT_EQ(of(event::RunFinished{3, 2s, "p", false}), R"("event":"run_finished","exit_status":3,"took_ms":2000,"plan":"p","primed":false})");
    EXPECT_EQ(of(event::HookLine{"H", true, "{} %v \"x\""}), R"("event":"hook_line","step":"H","stream":"stderr","text":"{} %v \"x\""})");
}

TEST(LogJson, LevelsLeaveOutWhatIsBelow) {
    EXPECT_EQ(heard(one_of_each(), "error", true).size(), 1U);
    EXPECT_EQ(heard(one_of_each(), "warning", true).size(), 3U);
}

}  // namespace
}  // namespace pgprimer::announce
