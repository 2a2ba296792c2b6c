#include "pgprimer/event/bus.hpp"

#include <gtest/gtest.h>

#include "pgprimer/base/diagnostic.hpp"

namespace pgprimer::event {
namespace {

class Heard final : public Listener {
public:
    void hear(const Event& event) override { events.push_back(event); }
    std::vector<Event> events;
};

TEST(Redaction, HidesSecretsWhole) {
    const struct {
        const char* what;
        std::vector<const char*> secrets;
        const char* text;
        const char* shown;
    } cases[] = {
        {"none", {}, "s3cret", "s3cret"},
        {"one", {"s3cret"}, "password s3cret, again s3cret", "password ***, again ***"},
        {"nothing to hide", {"s3cret"}, "secret", "secret"},
        {"side by side", {"abc"}, "abcabc", "******"},
        {"one within another", {"abcd", "bc"}, "abcd", "***"},
        {"one within another, longer", {"bcd", "abcd"}, "abcd bcd", "*** ***"},
        {"one begins another", {"pass", "password"}, "password pass", "*** ***"},
        {"of stars", {"****"}, "****", "***"},
        {"too short to hide", {"ab", ""}, "ab", "ab"},
        {"in a URL", {"p@ss/w#rd"}, "postgres://u:p%40ss%2Fw%23rd@h/d", "postgres://u:***@h/d"},
        {"in a URL, lower case", {"p@ss/w#rd"}, "postgres://u:p%40ss%2fw%23rd@h/d", "postgres://u:***@h/d"},
        {"in a URL, / as it is", {"p@ss/w rd"}, "postgres://u:p%40ss/w%20rd@h/d", "postgres://u:***@h/d"},
        {"in a URL, + for a space", {"p@ss/w rd"}, "postgres://u:p%40ss%2Fw+rd@h/d", "postgres://u:***@h/d"},
        {"multi-byte in a URL", {"gr\xC3\xBC\xC3\x9F"}, "gr%C3%BC%C3%9F", "***"},
        {"in an SQL literal", {"it's"}, "PASSWORD 'it''s'", "PASSWORD '***'"},
        {"in JSON", {"a\"b\\c"}, "{\"x\":\"a\\\"b\\\\c\"}", "{\"x\":\"***\"}"},
    };
    for (const auto& one : cases) {
        Bus bus;
        for (const auto* secret : one.secrets) bus.hide(Secret(secret));
        EXPECT_EQ(bus.redact(one.text), one.shown) << one.what;
    }
}

TEST(Redaction, LeavesPublicWordsReadable) {
    Bus bus;
    const std::vector<std::string> words{"postgres", "app_user"};
    bus.hide(Secret("postgres"), words);
    bus.hide(Secret("app"), words);
    bus.hide(Secret("x"));
    bus.hide(Secret("else"), words);
    EXPECT_EQ(bus.redact("role postgres, app_user, x"), "role postgres, app_user, x");
    EXPECT_EQ(bus.redact("postgres://postgres:postgres@h/postgres"), "postgres://postgres***h/postgres");
    EXPECT_EQ(bus.redact("user=app_user password=app host=h"), "user=app_user *** host=h");
    EXPECT_EQ(bus.redact("or else"), "or ***");
}

TEST(Bus, RedactsEveryTextOfAnEvent) {
    Bus bus;
    Heard heard;
    bus.add(heard);
    bus.hide(Secret("s3cret"));
    Diagnostic inner(Error::failed, "s3cret"), outer(Error::failed, "a s3cret message");
    outer.detail = outer.hint = outer.line_text = outer.context = outer.step = outer.internal_query = "the s3cret";
    outer.place.file = "s3cret.sql";
    outer.included_from.push_back({"s3cret.sql", 1, 1});
    outer.more.push_back(inner);
    bus.publish(Problem{Level::error, outer});
    bus.publish(Message{Level::warning, "s3cret", "s3cret"});
    bus.publish(Readiness{"s3cret", "refused", "s3cret", {}, false});
    bus.publish(RunStarted{"r", "v", "s3cret", "s3cret", 1, false});
    bus.publish(LockWaiting{"s3cret", {}});
    bus.publish(LockTaken{{}, "s3cret"});
    bus.publish(StepStarted{"id", "s3cret", "sql"});
    StepFinished finished;
    finished.name = finished.why = "s3cret";
    bus.publish(finished);
    bus.publish(UnitStarted{"s3cret", "s3cret", "s3cret", "s3cret"});
    bus.publish(UnitFinished{"s3cret", "s3cret", {}, 0});
    bus.publish(Notice{"NOTICE", "00000", "s3cret", "s3cret", "s3cret", {"s3cret", 1, 1}, "s3cret"});
    bus.publish(HookLine{"s3cret", true, "s3cret"});
    bus.publish(RunFinished{0, {}, "s3cret", true});
    ASSERT_EQ(heard.events.size(), 13U);
    const auto& problem = std::get<Problem>(heard.events[0]).diagnostic;
    EXPECT_EQ(problem.message, "a *** message");
    EXPECT_EQ(to_json(problem).find("s3cret"), std::string::npos) << to_json(problem);
    EXPECT_EQ(to_text(problem).find("s3cret"), std::string::npos) << to_text(problem);
    for (const auto& text : {problem.detail, problem.hint, problem.line_text, problem.context, problem.step, problem.internal_query})
        EXPECT_EQ(text, "the ***");
    EXPECT_EQ(problem.included_from[0].file, "***.sql");
    EXPECT_EQ(std::get<Message>(heard.events[1]).text, "***");
    EXPECT_EQ(std::get<Message>(heard.events[1]).step, "***");
    EXPECT_EQ(std::get<Readiness>(heard.events[2]).text, "***");
    EXPECT_EQ(std::get<RunStarted>(heard.events[3]).plan_id, "***");
    EXPECT_EQ(std::get<LockWaiting>(heard.events[4]).text, "***");
    EXPECT_EQ(std::get<LockTaken>(heard.events[5]).target, "***");
    EXPECT_EQ(std::get<StepStarted>(heard.events[6]).name, "***");
    EXPECT_EQ(std::get<StepFinished>(heard.events[7]).why, "***");
    EXPECT_EQ(std::get<UnitStarted>(heard.events[8]).why, "***");
    EXPECT_EQ(std::get<UnitFinished>(heard.events[9]).unit, "***");
    EXPECT_EQ(std::get<Notice>(heard.events[10]).hint, "***");
    EXPECT_EQ(std::get<HookLine>(heard.events[11]).text, "***");
    EXPECT_EQ(std::get<RunFinished>(heard.events[12]).plan_id, "***");
    EXPECT_EQ(bus.report().problems.at(0).message, "a *** message");
    EXPECT_EQ(bus.report().warnings.at(0).text, "***");
}

TEST(Bus, LeavesAScriptsOutputAsItIs) {
    Bus bus;
    Heard heard;
    bus.add(heard);
    bus.hide(Secret("s3cret"));
    bus.publish(ScriptOutput{"a", "s3cret"});
    EXPECT_EQ(std::get<ScriptOutput>(heard.events.at(0)).text, "s3cret");
}

TEST(Bus, TellsEveryListenerInOrder) {
    Bus bus;
    Heard first, second;
    bus.add(first);
    bus.add(second);
    bus.publish(Message{Level::info, "a", ""});
    bus.publish(Message{Level::info, "b", ""});
    for (const auto* heard : {&first, &second}) {
        ASSERT_EQ(heard->events.size(), 2U);
        EXPECT_EQ(std::get<Message>(heard->events[1]).text, "b");
    }
}

}  // namespace
}  // namespace pgprimer::event
