// Every key of the configuration, where it is found, and what replaces and overrides its values.
#include "told.hpp"

namespace pgprimer::config {
namespace {

TEST(Load, DefaultsOfALittleFile) {
    const auto config = loaded("[[step]]\nname = \"Roles, extensions!\"\nsql = \"initdb/*.sql\"\n");
    ASSERT_TRUE(config) << joined(failures(config));
    EXPECT_EQ(config->file, path);
    EXPECT_EQ(config->folder, "/etc/app");
    EXPECT_EQ(config->source, path);
    EXPECT_EQ(config->plan_id, "");
    EXPECT_EQ(config->wait_timeout, Milliseconds{60'000});
    EXPECT_EQ(config->lock_wait, Milliseconds{15 * 60'000});
    EXPECT_EQ(config->ledger_schema, "pgprimer");
    EXPECT_EQ(config->project, "default");
    EXPECT_FALSE(config->announce.ready_file || config->announce.notify);
    EXPECT_THAT(config->warnings, IsEmpty());
    ASSERT_EQ(config->targets.size(), 1U);
    EXPECT_EQ(config->targets[0].name, "");
    ASSERT_EQ(config->steps.size(), 1U);
    const Step& step = config->steps[0];
    EXPECT_EQ(step.name, "Roles, extensions!");
    EXPECT_EQ(step.id, "roles-extensions");
    EXPECT_EQ(step.place, (Place{path, 1, 1}));
    EXPECT_TRUE(step.enabled);
    EXPECT_EQ(step.on_failure, OnFailure::stop);
    EXPECT_EQ(step.retries, 0);
    EXPECT_FALSE(step.timeout || step.lock_timeout || step.statement_timeout || step.set_role);
    const auto& sql = std::get<Sql>(step.kind);
    ASSERT_EQ(sql.patterns.size(), 1U);
    EXPECT_EQ(sql.patterns[0].value, "initdb/*.sql");
    EXPECT_EQ(sql.patterns[0].place, (Place{path, 3, 7}));
    EXPECT_EQ(sql.rerun, Rerun::changed);
    EXPECT_EQ(sql.transaction, TransactionMode::automatic);
    EXPECT_STREQ(kind_name(step.kind), "sql");
}

TEST(Load, MigrationsLimitTheWaitForALockUnlessTheStepSaysOtherwise) {
    const auto config = loaded(
        "[[step]]\nname = \"a\"\nmigrations = \"m\"\n[[step]]\nname = \"b\"\nmigrations = \"m\"\nlock_timeout = \"0\"\n"
        "[[step]]\nname = \"c\"\nsql = [\"s.sql\"]\n");
    ASSERT_TRUE(config) << joined(failures(config));
    EXPECT_TRUE(takes_default_lock_timeout(config->steps.at(0)));
    EXPECT_FALSE(takes_default_lock_timeout(config->steps.at(1)));
    EXPECT_EQ(config->steps.at(1).lock_timeout, Milliseconds{0});
    EXPECT_FALSE(takes_default_lock_timeout(config->steps.at(2)));
}

TEST(Load, EveryKeyOfTheSections) {
    const std::string text = R"([plan]
id = "abc"
[target]
host = "db"
port = 5433
user = "app"
password = "hunter2"
dbname = "shop"
sslmode = "require"
create_database = true
wait_for_database = true
wait_for_role = true
socket_only = true
read_only = true
allow_destructive = true
after = "one"
[wait]
timeout = "90s"
[lock]
wait = "1h30m"
[ledger]
schema = "ours"
project = "shop"
[announce]
ready_file = "/run/ready"
notify = "channel"
[[step]]
name = "one"
sql = ["a.sql"]
)";
    const auto config = loaded(text);
    ASSERT_TRUE(config) << joined(failures(config));
    EXPECT_EQ(config->text, text);
    EXPECT_EQ(config->plan_id, "abc");
    EXPECT_EQ(config->wait_timeout, Milliseconds{90'000});
    EXPECT_EQ(config->lock_wait, Milliseconds{90 * 60'000});
    EXPECT_EQ(config->ledger_schema, "ours");
    EXPECT_EQ(config->project, "shop");
    EXPECT_EQ(config->announce.ready_file, "/run/ready");
    EXPECT_EQ(config->announce.notify, "channel");
    const Target& t = config->targets.at(0);
    EXPECT_EQ(told(t), "app:hunter2@db:5433/shop sslmode=require");
    EXPECT_EQ(t.user.source, "[target] user");
    EXPECT_TRUE(t.create_database && t.wait_for_database && t.wait_for_role && t.socket_only && t.read_only && t.allow_destructive);
    EXPECT_EQ(t.after->value, "one");
    EXPECT_TRUE(hides(*config, "hunter2"));
}

TEST(Load, EveryKeyOfASqlStep) {
    const auto config = loaded(R"([target.main]
host = "h"
[[step]]
name = "first"
sql = "a.sql"
[[step]]
name = "a step"
id = "mine"
describe = "what for"
target = "main"
enabled = false
needs = ["first"]
on_failure = "continue"
retries = 3
timeout = "5m"
lock_timeout = "5s"
statement_timeout = "1500ms"
search_path = ["app", "public"]
set_role = "owner"
sql = ["a/*.sql", "b.sql.gz"]
rerun = "once"
transaction = "stepwise"
variables = { name = "value", number = 3, flag = true }
programs = true
)");
    ASSERT_TRUE(config) << joined(failures(config));
    const Step& s = config->steps.at(1);
    EXPECT_EQ(s.name, "a step");
    EXPECT_EQ(s.id, "mine");
    EXPECT_EQ(s.describe, "what for");
    EXPECT_EQ(s.target, "main");
    EXPECT_FALSE(s.enabled);
    EXPECT_EQ(s.needs.at(0).value, "first");
    EXPECT_EQ(s.on_failure, OnFailure::keep_going);
    EXPECT_EQ(s.retries, 3);
    EXPECT_EQ(s.timeout, Milliseconds{300'000});
    EXPECT_EQ(s.lock_timeout, Milliseconds{5'000});
    EXPECT_EQ(s.statement_timeout, Milliseconds{1'500});
    EXPECT_THAT(s.search_path, ElementsAre("app", "public"));
    EXPECT_EQ(s.set_role, "owner");
    const auto& sql = std::get<Sql>(s.kind);
    EXPECT_EQ(sql.patterns.at(1).value, "b.sql.gz");
    EXPECT_EQ(sql.rerun, Rerun::once);
    EXPECT_EQ(sql.transaction, TransactionMode::stepwise);
    EXPECT_EQ(sql.variables, (std::map<std::string, std::string>{{"flag", "true"}, {"name", "value"}, {"number", "3"}}));
    EXPECT_TRUE(sql.programs);
    EXPECT_EQ(config->step("mine"), &s);
    EXPECT_EQ(config->step("a step"), &s);
    EXPECT_EQ(config->step("none"), nullptr);
}

TEST(Load, EveryKeyOfTheOtherKinds) {
    const auto config = loaded(R"([target]
allow_destructive = true
[[step]]
name = "m"
migrations = ["a", "b"]
dialect = "flyway"
changed = "warn"
missing = "ignore"
out_of_order = "apply"
ahead = "error"
transaction = "whole"
placeholders = { schema = "app" }
[[step]]
name = "e"
exec = ["python", "manage.py"]
env = { A = "1", B = "two" }
cwd = "sub"
inputs = ["**/*.py"]
inputs_sql = ["SELECT 1"]
[[step]]
name = "x"
expect = { relations = ["t"], columns = ["t.a"], extensions = ["citext"], roles = ["app"], schemas = ["s"], settings = { work_mem = "4MB" }, queries = ["SELECT true"] }
[[step]]
name = "f"
flush = { keep = ["django_migrations"], invalidates = ["m"] }
)");
    ASSERT_TRUE(config) << joined(failures(config));
    const auto& m = std::get<Migrations>(config->steps.at(0).kind);
    EXPECT_EQ(m.folders.at(0).value + m.folders.at(1).value, "ab");
    EXPECT_EQ(m.dialect->value, "flyway");
    EXPECT_EQ(m.changed, Policy::warn);
    EXPECT_EQ(m.missing, Policy::ignore);
    EXPECT_EQ(m.out_of_order, Policy::apply);
    EXPECT_EQ(m.ahead, Policy::error);
    EXPECT_EQ(m.transaction, TransactionMode::whole);
    EXPECT_EQ(m.placeholders.at("schema"), "app");
    const auto& e = std::get<Exec>(config->steps.at(1).kind);
    EXPECT_THAT(e.argv, ElementsAre("python", "manage.py"));
    EXPECT_EQ(e.env, (std::map<std::string, std::string>{{"A", "1"}, {"B", "two"}}));
    EXPECT_EQ(e.cwd, "sub");
    EXPECT_EQ(e.inputs->at(0).value, "**/*.py");
    EXPECT_THAT(e.inputs_sql, ElementsAre("SELECT 1"));
    EXPECT_EQ(e.place.line, 15);
    const auto& x = std::get<Expect>(config->steps.at(2).kind);
    EXPECT_EQ(x.relations.at(0).value + x.columns.at(0).value + x.extensions.at(0).value + x.roles.at(0).value + x.schemas.at(0).value,
              "tt.acitextapps");
    EXPECT_EQ(x.settings.at(0).first + "=" + x.settings.at(0).second.value, "work_mem=4MB");
    EXPECT_EQ(x.queries.at(0).value, "SELECT true");
    const auto& f = std::get<Flush>(config->steps.at(3).kind);
    EXPECT_THAT(f.keep, ElementsAre("django_migrations"));
    EXPECT_EQ(f.invalidates.at(0).value, "m");
}

TEST(Load, DefaultsOfTheKinds) {
    const auto config = loaded("[[step]]\nname = \"m\"\nmigrations = \"a\"\n[[step]]\nname = \"e\"\nexec = [\"true\"]\n");
    ASSERT_TRUE(config) << joined(failures(config));
    const auto& m = std::get<Migrations>(config->steps.at(0).kind);
    EXPECT_FALSE(m.dialect);
    EXPECT_EQ(m.changed, Policy::error);
    EXPECT_EQ(m.missing, Policy::error);
    EXPECT_EQ(m.out_of_order, Policy::error);
    EXPECT_EQ(m.ahead, Policy::warn);
    const auto& e = std::get<Exec>(config->steps.at(1).kind);
    EXPECT_FALSE(e.inputs || e.cwd);
}

TEST(Load, Ensure) {
    const auto config = loaded(R"([[step]]
name = "ensure"
[[step.ensure.role]]
name = "app"
login = true
attributes = ["nocreatedb", "connection limit 5"]
password = "hunter2"
member_of = ["readers"]
set = { search_path = "app", work_mem = 64 }
[[step.ensure.database]]
name = "shop"
owner = "app"
encoding = "UTF8"
locale = "C"
template = "template0"
[[step.ensure.schema]]
name = "s"
owner = "app"
[[step.ensure.extension]]
name = "citext"
schema = "s"
version = "1.6"
[[step.ensure.grant]]
to = "app"
privileges = ["SELECT", "INSERT"]
on = "tables in schema s"
default = true
for_role = "owner"
[[step.ensure.rls]]
table = "t"
force = true
)");
    ASSERT_TRUE(config) << joined(failures(config));
    const auto& e = std::get<Ensure>(config->steps.at(0).kind);
    const auto& role = e.roles.at(0);
    EXPECT_EQ(role.name, "app");
    EXPECT_EQ(role.login, true);
    EXPECT_THAT(role.attributes, ElementsAre("nocreatedb", "connection limit 5"));
    EXPECT_EQ(role.password->reveal(), "hunter2");
    EXPECT_TRUE(hides(*config, "hunter2"));
    EXPECT_THAT(role.member_of, ElementsAre("readers"));
    EXPECT_EQ(role.set, (std::map<std::string, std::string>{{"search_path", "app"}, {"work_mem", "64"}}));
    EXPECT_EQ(role.place.line, 3);
    const auto& database = e.databases.at(0);
    EXPECT_EQ(database.name + *database.owner + *database.encoding + *database.locale + *database.template_name, "shopappUTF8Ctemplate0");
    EXPECT_EQ(e.schemas.at(0).name + *e.schemas.at(0).owner, "sapp");
    EXPECT_EQ(e.extensions.at(0).name + *e.extensions.at(0).schema + *e.extensions.at(0).version, "citexts1.6");
    const auto& grant = e.grants.at(0);
    EXPECT_EQ(grant.to + grant.on + *grant.for_role, "apptables in schema sowner");
    EXPECT_THAT(grant.privileges, ElementsAre("SELECT", "INSERT"));
    EXPECT_TRUE(grant.is_default);
    EXPECT_EQ(e.rls.at(0).table, "t");
    EXPECT_TRUE(e.rls.at(0).force);
}

TEST(Load, TargetsInTheOrderWritten) {
    const auto config = loaded(R"([target.zebra]
url = "postgresql://z:zpw@db:5433/z?sslmode=require"
[target.app]
user = "app"
password = "apw"
after = "Make roles"
[target.beta]
url = "postgresql://b@other/b"
[[step]]
name = "Make roles"
sql = "a.sql"
[[step]]
name = "two"
target = "app"
sql = "b.sql"
)");
    ASSERT_TRUE(config) << joined(failures(config));
    ASSERT_EQ(config->targets.size(), 3U);
    EXPECT_EQ(config->targets[0].name, "zebra");
    EXPECT_EQ(told(config->targets[0]), "z:zpw@db:5433/z sslmode=require");
    EXPECT_EQ(config->targets[1].name, "app");
    EXPECT_EQ(told(config->targets[1]), "app:apw@db:5433/z sslmode=require");  // the first one's server
    EXPECT_EQ(config->targets[1].after->value, "make-roles");
    EXPECT_EQ(config->targets[2].name, "beta");
    EXPECT_EQ(told(config->targets[2]), "b@other:5432/b");
    EXPECT_EQ(&config->target(""), &config->targets[0]);
    EXPECT_EQ(&config->target("app"), &config->targets[1]);
    EXPECT_TRUE(hides(*config, "zpw") && hides(*config, "apw"));
}

TEST(Load, ValuesAreReplaced) {
    const test::FakeFiles files{{"/run/secrets/pw", "from file\n"}};
    const Environment environment{{"NAME", "value"}, {"EMPTY", ""}, {"PORT", "5433"}, {"ON", "true"}};
    const auto id = [&](const std::string& text) {
        const auto config = loaded("[plan]\nid = \"" + text + "\"\n", environment, files);
        return config ? config->plan_id : "error " + config.error().message;
    };
    const struct {
        const char* text;
        const char* result;
    } cases[] = {
        {"${NAME}", "value"},
        {"a${NAME}b${NAME}", "avaluebvalue"},
        {"${EMPTY}", ""},
        {"${NONE:-default}", "default"},
        {"${EMPTY:-default}", "default"},
        {"${NAME:-default}", "value"},
        {"${NONE:-}", ""},
        {"$${NAME}", "${NAME}"},
        {"$NAME $ {", "$NAME $ {"},
        {"${file:/run/secrets/pw}", "from file"},
        {"${NONE}", "error ${NONE}: there is no environment variable NONE"},
        {"${NAME", "error \"${\" without its \"}\""},
    };
    for (const auto& c : cases) EXPECT_EQ(id(c.text), c.result) << c.text;
    EXPECT_THAT(id("${file:/not/there}"), HasSubstr("error ${file:/not/there}: \"/not/there\""));

    const auto typed =
        loaded("[target]\nport = \"${PORT}\"\ncreate_database = \"${ON}\"\npassword = \"${file:/run/secrets/pw}\"\n", environment, files);
    ASSERT_TRUE(typed) << joined(failures(typed));
    EXPECT_EQ(typed->targets[0].ports.value.at(0), 5433);
    EXPECT_TRUE(typed->targets[0].create_database);
    EXPECT_TRUE(hides(*typed, "from file"));
    EXPECT_THAT(typed->text, HasSubstr("${file:"));
}

TEST(Load, SecretsOfUrlsEnvironmentAndFilesAreCollected) {
    const test::FakeFiles files{{"/pw", "three\n"}};
    const auto config =
        loaded("[target.a]\nurl = \"postgresql://a:one@h/d\"\n[target.b]\nuser = \"b\"\n[target.c]\nuser = \"c\"\npassword_file = \"/pw\"\n",
               {{"PGUSER", "b"}, {"PGPASSWORD", "two"}}, files);
    ASSERT_TRUE(config) << joined(failures(config));
    EXPECT_TRUE(hides(*config, "one"));
    EXPECT_TRUE(hides(*config, "two"));
    EXPECT_TRUE(hides(*config, "three"));
    EXPECT_EQ(config->targets[2].password.source, "password_file /pw");
}

TEST(Load, EnvironmentOverridesKeys) {
    const auto config = loaded("[wait]\ntimeout = \"1s\"\n[target]\nhost = \"h\"\nport = 1\n", {{"PGPRIMER_WAIT_TIMEOUT", "7s"},
                                                                                                {"PGPRIMER_LOCK_WAIT", "8s"},
                                                                                                {"PGPRIMER_PLAN_ID", "a${B}"},
                                                                                                {"PGPRIMER_LEDGER_PROJECT", "p"},
                                                                                                {"PGPRIMER_TARGET_PORT", "2"},
                                                                                                {"PGPRIMER_TARGET_PASSWORD", "pa$${w"},
                                                                                                {"PGPRIMER_TARGET_CREATE_DATABASE", "true"},
                                                                                                {"PGPRIMER_ANNOUNCE_READY_FILE", "/r"},
                                                                                                {"PGPRIMER_LOG_FORMAT", "json"}});
    ASSERT_TRUE(config) << joined(failures(config));
    EXPECT_EQ(config->wait_timeout, Milliseconds{7'000});
    EXPECT_EQ(config->lock_wait, Milliseconds{8'000});
    EXPECT_EQ(config->plan_id, "a${B}");  // as it is
    EXPECT_EQ(config->project, "p");
    EXPECT_EQ(config->announce.ready_file, "/r");
    EXPECT_EQ(told(config->targets[0]), "postgres:pa$${w@h:2/postgres");
    EXPECT_TRUE(config->targets[0].create_database);
}

TEST(Load, EmptyPartsOfATargetAreLeftToTheLowerRanks) {
    const auto config = loaded(
        "[target]\nurl = \"${A:-}\"\nhost = \"${A:-}\"\nport = \"${A:-}\"\nuser = \"${A:-}\"\npassword = \"${A:-}\"\npassword_file = \"${A:-}\"\ndbname = \"${A:-}\"\nsslmode = \"${A:-}\"\n",
        {{"PGHOST", "db"}, {"PGPORT", "7"}, {"PGUSER", "app"}, {"PGPASSWORD", "pw"}});
    ASSERT_TRUE(config) << joined(failures(config));
    EXPECT_EQ(told(config->targets[0]), "app:pw@db:7/app");
    EXPECT_EQ(failures(loaded("[target]\nport = \"${NONE}\"\n")).size(), 1U);  // said once
}

TEST(Load, WrongOverridesNameTheirVariable) {
    const auto config =
        loaded("[plan]\nid = \"\"\n", {{"PGPRIMER_WAIT_TIMEOUT", "soon"}, {"PGPRIMER_LOCK_WIAT", "1s"}, {"PGPRIMER_TARGET_PORT", "x"}});
    EXPECT_THAT(failures(config),
                ::testing::UnorderedElementsAre("environment PGPRIMER_LOCK_WIAT there is no key \"wiat\" in [lock] | did you mean \"wait\"?",
                                                HasSubstr("environment PGPRIMER_TARGET_PORT [target] port is no number"),
                                                HasSubstr("environment PGPRIMER_WAIT_TIMEOUT [wait] timeout is \"soon\", which is no duration")));
}

}  // namespace
}  // namespace pgprimer::config
