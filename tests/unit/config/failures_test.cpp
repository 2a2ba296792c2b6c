// Each failure with line, column, key and what to do; all of a file at once.
#include "told.hpp"

namespace pgprimer::config {
namespace {

const std::string step = "[[step]]\nname = \"a\"\nsql = \"a.sql\"\n";  // three lines

TEST(Failures, SayWhereAndWhatNext) {
    const struct {
        const char* what;
        std::string toml;
        const char* failure;
    } cases[] = {
        {"unknown section", "[wiat]\n" + step, "1:2 there is no key \"wiat\" in the configuration | did you mean \"wait\"?"},
        {"unknown key", "[wait]\ntimeuot = \"1s\"\n" + step, "2:1 there is no key \"timeuot\" in [wait] | did you mean \"timeout\"?"},
        {"far from any key", "[plan]\nxyzzy = 1\n" + step, "2:1 there is no key \"xyzzy\" in [plan] | keys are id"},
        {"unknown key of a step", step + "retires = 3\n", "4:1 there is no key \"retires\" in [[step]] | did you mean \"retries\"?"},
        {"unknown key of a target", "[target]\nhots = \"h\"\n" + step, "2:1 there is no key \"hots\" in [target] | did you mean \"host\"?"},
        {"unknown key of a named target", "[target.app]\nuesr = \"h\"\n" + step,
         "2:1 there is no key \"uesr\" in [target.app] | did you mean \"user\"?"},
        {"unknown key of expect", "[[step]]\nname = \"a\"\nexpect = { relation = [\"t\"] }\n",
         "3:12 there is no key \"relation\" in expect | did you mean \"relations\"?"},
        {"unknown key of ensure", "[[step]]\nname = \"a\"\n[[step.ensure.role]]\nname = \"r\"\nlogn = true\n",
         "5:1 there is no key \"logn\" in [[step.ensure.role]] | did you mean \"login\"?"},
        {"a number for a string", "[[step]]\nname = 3\nsql = \"a\"\nid = \"a\"\n", "2:8 [[step]] name is a number; a string is wanted"},
        {"a string for a number", step + "retries = \"3\"\n", "4:11 [[step]] retries is a string; a number is wanted | without quotes"},
        {"a string for a boolean", step + "enabled = \"true\"\n", "4:11 [[step]] enabled is a string; true or false is wanted | without quotes"},
        {"out of range", step + "retries = 1001\n", "4:11 [[step]] retries is 1001, which is not from 0 to 1000"},
        {"a port out of range", "[target]\nport = 65536\n" + step, "2:8 [target] port is 65536, which is not from 1 to 65535"},
        {"a bare duration", "[wait]\ntimeout = 60\n" + step,
         "2:11 [wait] timeout is a number; a duration is wanted | write it with its unit: \"60s\", \"1500ms\", \"15m\""},
        {"no duration", "[lock]\nwait = \"long\"\n" + step,
         "2:8 [lock] wait is \"long\", which is no duration | write it like \"60s\", \"1500ms\", \"15m\" or \"1h30m\""},
        {"no such word", step + "rerun = \"chnged\"\n",
         "4:9 [[step]] rerun is \"chnged\"; it is one of once, changed, always | did you mean \"changed\"?"},
        {"apply where it has no meaning", "[[step]]\nname = \"m\"\nmigrations = \"m\"\nchanged = \"apply\"\n",
         "4:11 [[step]] changed is \"apply\"; it is one of error, warn, ignore"},
        {"a section that is none", "wait = \"60s\"\n" + step, "1:8 [wait] is a string; a table is wanted | write [wait] and its keys below it"},
        {"a target that is none", "target = \"postgresql://h/d\"\n" + step, "1:10 [target] is no table | write [target] and url = \"...\" below it"},
        {"steps that are none", "step = \"a\"\n", "1:8 [step] is a string; an array of tables is wanted | write [[step]] and its keys below it"},
        {"exec as a line", "[[step]]\nname = \"h\"\nexec = \"python manage.py\"\n",
         "3:8 [[step]] exec is a string; an array of strings is wanted | exec = [\"...\", \"...\"]"},
        {"exec without a program", "[[step]]\nname = \"h\"\nexec = []\n", "3:1 exec names no program | exec = [\"program\", \"argument\"]"},
        {"sql without a file", "[[step]]\nname = \"s\"\nsql = []\n", "3:1 sql names no file | sql = [\"initdb/*.sql\"]"},
        {"an empty pattern", "[[step]]\nname = \"s\"\nsql = [\"a\", \"\"]\n",
         "3:13 an element of sql is empty; it is to name a file | sql = [\"initdb/*.sql\"]"},
        {"an element of another type", "[[step]]\nname = \"s\"\nsql = [\"a\", 3]\n",
         "3:13 an element of [[step]] sql is a number; a string is wanted"},
        {"no name", "[[step]]\nsql = \"a.sql\"\n", "1:1 step number 1 has no name | name = \"what it does\": the ledger's key is made of it"},
        {"an empty id", "[[step]]\nid = \"\"\nname = \"a\"\nsql = \"a.sql\"\n", "2:6 the id is empty | leave it out: it is made of the name"},
        {"no kind", "[[step]]\nname = \"a\"\n",
         "1:1 step \"a\" does nothing: it needs exactly one of sql, migrations, exec, ensure, expect, flush | sql = [\"initdb/*.sql\"], for one"},
        {"two kinds", step + "exec = [\"true\"]\n",
         "4:1 step \"a\" has two kinds, sql and exec; it needs exactly one of sql, migrations, exec, ensure, expect, flush | make two steps of it"},
        {"another kind's key", step + "inputs = [\"x\"]\n", "4:1 inputs is a key of exec steps, and step \"a\" is sql | take it out"},
        {"the same id twice", step + "[[step]]\nname = \"A\"\nsql = \"b.sql\"\n",
         "4:1 two steps have the id \"a\": \"a\" (line 1) and \"A\" | give one of them another name, or an id of its own: id = \"...\""},
        {"needs nobody", step + "needs = [\"role\"]\n[[step]]\nname = \"roles\"\nsql = \"r\"\n",
         "4:10 needs names step \"role\", which is not there | did you mean \"roles\"?"},
        {"after nobody", "[target]\nafter = \"aa\"\n" + step, "2:9 after names step \"aa\", which is not there | did you mean \"a\"?"},
        {"no such target", "[target.app]\nuser = \"u\"\n" + step + "target = \"ap\"\n",
         "6:10 step \"a\" names target \"ap\", and there is no [target.ap] | did you mean \"app\"?"},
        {"invalidates nobody", "[target]\nallow_destructive = true\n" + step + "[[step]]\nname = \"f\"\nflush = { invalidates = [\"zz\"] }\n",
         "8:26 invalidates names step \"zz\", which is not there | steps are a, f"},
        {"invalidates itself", "[target]\nallow_destructive = true\n[[step]]\nname = \"f\"\nflush = { invalidates = [\"f\"] }\n",
         "5:26 invalidates names step \"f\", which is a flush: it would empty what comes back before it | name the steps that fill the tables again"},
        {"invalidates a step of another database",
         "[target.a]\nallow_destructive = true\ndbname = \"x\"\n[target.b]\ndbname = \"y\"\n" + step +
             "target = \"b\"\n[[step]]\nname = \"f\"\nflush = { invalidates = [\"a\"] }\n",
         "12:26 invalidates names step \"a\", which works on another database, \"y\": this flush empties \"x\" | name steps of the same database; one "
         "flush for each database"},
        {"flush where it is not allowed", "[[step]]\nname = \"f\"\nflush = { keep = [] }\n",
         "1:1 step \"f\" empties tables, and its target does not allow that | allow_destructive = true in [target], or enabled = false for the step"},
        {"a schema that is none", "[ledger]\nschema = \"pg_x\"\n" + step,
         "2:1 [ledger] schema \"pg_x\" is no name for a schema | 1 to 63 bytes, not beginning with pg_"},
        {"url and host", "[target]\nurl = \"postgresql://h/d\"\nhost = \"h\"\n" + step,
         "3:1 [target] has url and host | the url says it already: leave one of them out"},
        {"two passwords", "[target]\npassword = \"a\"\npassword_file = \"/etc/app/pgprimer.toml\"\n" + step,
         "3:17 [target] has password and password_file | leave one of them out"},
        {"a wrong sslmode", "[target]\nsslmode = \"on\"\n" + step,
         "2:11 [target] sslmode is \"on\" | it is one of disable, allow, prefer, require, verify-ca, verify-full"},
        {"a role without a name", "[[step]]\nname = \"a\"\n[[step.ensure.role]]\nlogin = true\n",
         "3:1 [[step.ensure.role]] has no name | name = \"...\""},
    };
    for (const auto& c : cases) EXPECT_THAT(failures(loaded(c.toml)), ElementsAre(c.failure)) << c.what;
}

TEST(Failures, WhatIsNoTomlSaysWhere) {
    const struct {
        const char* toml;
        const char* at;
    } cases[] = {
        {"[[step]]\nname = a\n", "2:8 this is not TOML: "},
        {"[target\nurl = 1\n", "1:8 this is not TOML: "},
        {"a = 1\na = 2\n", "2:5 this is not TOML: "},
        {"name = \"a\nb = 1\n", "1:10 this is not TOML: "},
    };
    for (const auto& c : cases) {
        const auto found = failures(loaded(c.toml));
        ASSERT_EQ(found.size(), 1U) << c.toml;
        EXPECT_THAT(found[0], ::testing::StartsWith(c.at));
        EXPECT_THAT(found[0], HasSubstr(" | "));
    }
    EXPECT_THAT(failures(loaded("# nothing\n")), ElementsAre(HasSubstr("is empty")));
    EXPECT_THAT(failures(loaded(std::string("a\0b", 3))), ElementsAre(HasSubstr("is binary")));
    EXPECT_THAT(failures(loaded("\xFF\xFE[")), ElementsAre(HasSubstr("is UTF-16 text")));
    EXPECT_TRUE(loaded("\xEF\xBB\xBF" + step));
    EXPECT_TRUE(loaded("[[step]]\r\nname = \"a\"\r\nsql = \"a.sql\"\r\n"));
}

TEST(Failures, AllOfAFileAtOnceInTheirOrder) {
    const auto found = failures(loaded(R"([target]
url = "mysql://u:hunter2@h/d"
[wait]
timeout = "soon"
[[step]]
name = "a"
sqll = "a.sql"
[[step]]
name = "b"
sql = "b.sql"
retries = -1
needs = ["none"]
on_failure = "go"
)"));
    EXPECT_THAT(
        found,
        ElementsAre(
            "2:7 [target] url: the database URL has a scheme that is not PostgreSQL's: mysql | schemes are postgresql, postgres, postgis, psql, pgsql, "
            "X+driver and jdbc:postgresql",
            ::testing::StartsWith("4:11 "), ::testing::StartsWith("5:1 step \"a\" does nothing"),
            "7:1 there is no key \"sqll\" in [[step]] | did you mean \"sql\"?", ::testing::StartsWith("11:11 "), ::testing::StartsWith("12:10 "),
            ::testing::StartsWith("13:14 ")));
}

TEST(Failures, ShowTheLineButNoPasswordOfIt) {
    const auto shown = [](const std::string& toml) {
        const auto config = loaded(toml);
        return config ? "" : to_text(config.error()) + to_json(config.error());
    };
    EXPECT_THAT(shown(step + "retires = 3\n"), HasSubstr("    retires = 3\n    ^\n"));
    for (const char* line :
         {"url = \"postgresql://u:hunter2@h:x/d\"", "url = \"hunter2\"", "url = hunter2", "password = hunter2", "password = [\"hunter2\"]",
          "pasword = \"hunter2\"", "psasword = \"hunter2\"", "url = \"postgresql://u:hunter2@h/d\"\nhost = \"h\"", "postgresql://u:hunter2@h/d"}) {
        const std::string text = shown("[target]\n" + std::string(line) + "\n" + step);
        EXPECT_FALSE(text.empty()) << line;
        EXPECT_THAT(text, Not(HasSubstr("hunter"))) << line;
    }
}

TEST(Failures, NeedsStandBeforeAndGoInNoCircle) {
    const auto steps = [](std::initializer_list<std::pair<const char*, const char*>> all) {
        std::string out;
        for (const auto& [name, needs] : all) out += "[[step]]\nname = \"" + std::string(name) + "\"\nsql = \"x\"\nneeds = [" + needs + "]\n";
        return failures(loaded(out));
    };
    EXPECT_THAT(steps({{"a", ""}, {"b", "\"a\""}, {"c", "\"a\", \"b\""}}), IsEmpty());
    EXPECT_THAT(steps({{"a", "\"a\""}}), ElementsAre("4:10 step \"a\" needs itself | take it out of its needs"));
    EXPECT_THAT(steps({{"a", "\"b\""}, {"b", ""}}),
                ElementsAre("4:10 step \"a\" needs \"b\", which stands after it | steps run in the order they stand: put \"b\" first"));
    EXPECT_THAT(
        steps({{"a", "\"b\""}, {"b", "\"a\""}}),
        ElementsAre(
            "4:10 needs goes round in a circle: \"a\" needs \"b\" needs \"a\" | steps run in the order they stand: take one of these needs out"));
    EXPECT_THAT(steps({{"a", "\"c\""}, {"b", "\"a\""}, {"c", "\"b\""}}), ElementsAre(HasSubstr("\"a\" needs \"c\" needs \"b\" needs \"a\"")));
}

TEST(Failures, WhatIsNotAvailableSaysSo) {
    const struct {
        std::string toml;
        const char* what;
    } cases[] = {
        {step + "runner = \"app\"\n", "4:1 [[step]] runner"},
        {step + "for_each = \"SELECT 1\"\n", "4:1 [[step]] for_each"},
        {step + "parallel = 8\n", "4:1 [[step]] parallel"},
        {"[[step]]\nname = \"a\"\nsnapshot = true\n", "3:1 [[step]] snapshot"},
        {"[announce]\nhttp = \"0.0.0.0:1\"\n" + step, "2:1 [announce] http"},
        {"[runner]\nwait = \"5m\"\n" + step, "1:2 [runner]"},
    };
    for (const auto& c : cases) {
        EXPECT_THAT(failures(loaded(c.toml)),
                    ElementsAre(std::string(c.what) + " is not available in this version | take it out; the README says what is there instead"))
            << c.toml;
    }
}

}  // namespace
}  // namespace pgprimer::config
