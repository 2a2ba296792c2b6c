#include "ensuring.hpp"

namespace pgprimer::steps {
namespace {

Ensure everything() {
    Ensure wanted;
    config::EnsureRole group = role("readers");
    config::EnsureRole app = role("app \"1\"");
    app.login = true;
    app.attributes = {"createdb", "connection limit 7", "valid until '2099-01-01 00:00+00'"};
    app.password = Secret("it's \\ secret");
    app.member_of = {"readers"};
    app.set = {{"search_path", "app, \"Odd One\", public"}, {"statement_timeout", "5s"}, {"app.tenant", "a'b\\c"}, {"TimeZone", "UTC"}};
    wanted.roles = {app, group};
    wanted.databases = {{place(4), "other", "app \"1\"", "LATIN1", "C", std::nullopt}};
    wanted.schemas = {{place(5), "app", "app \"1\""}};
    wanted.extensions = {{place(6), "hstore", "extensions", "1.7"}, {place(6), "plpgsql", std::nullopt, std::nullopt}};
    wanted.grants = {
        grant("readers", {"connect", "TEMP"}, "database other"),
        grant("readers", {"USAGE"}, "schema app"),
        grant("public", {"ALL"}, "schema extensions"),
        grant("readers", {"SELECT"}, "all tables in schema app"),
        grant("readers", {"ALL"}, "table t"),
        grant("readers", {"EXECUTE"}, "function pg_catalog.pg_read_file(text)"),
        default_grant("readers", {"SELECT", "INSERT"}, "tables in schema app"),
        default_grant("readers", {"ALL"}, "sequences"),
    };
    wanted.grants.back().for_role = "app \"1\"";
    wanted.rls = {{place(8), "public.t", true}};
    return wanted;
}

TEST_F(EnsureTest, brings_everything_from_nothing_and_then_finds_it) {
    ask("CREATE TABLE t (id int)");
    const auto wanted = everything();
    EXPECT_THAT(act(wanted),
                ElementsAre("created role app \"1\"", "created role readers", "granted role readers to app \"1\"", "set TimeZone of role app \"1\"",
                            "set app.tenant of role app \"1\"", "set search_path of role app \"1\"", "set statement_timeout of role app \"1\"",
                            "created database other", "created schema app", "created schema extensions", "created extension hstore",
                            "granted CONNECT, TEMPORARY on database other to readers", "granted USAGE on schema app to readers",
                            "granted ALL on schema extensions to public", "granted ALL on table t to readers",
                            "granted EXECUTE on function pg_catalog.pg_read_file(text) to readers",
                            "granted by default SELECT, INSERT on tables in schema app to readers",
                            "granted by default ALL on sequences to readers, for objects of app \"1\"", "enabled row-level security on public.t",
                            "forced row-level security on public.t"));
    EXPECT_THAT(look(wanted), IsEmpty());
    EXPECT_THAT(act(wanted), IsEmpty());
    EXPECT_EQ(ask("SELECT rolcanlogin, rolcreatedb, rolconnlimit, rolvaliduntil, left(rolpassword, 13) FROM pg_authid WHERE rolname = 'app \"1\"'"),
              "t|t|7|2099-01-01 00:00:00+00|SCRAM-SHA-256");
    EXPECT_EQ(ask("SELECT unnest(setconfig) FROM pg_db_role_setting ORDER BY 1"),
              "TimeZone=UTC\napp.tenant=a'b\\c\nsearch_path=app, \"Odd One\", public\nstatement_timeout=5s");
    EXPECT_EQ(ask("SELECT pg_encoding_to_char(encoding), datcollate, datdba::regrole FROM pg_database WHERE datname = 'other'"),
              "LATIN1|C|\"app \"\"1\"\"\"");
    EXPECT_EQ(ask("SELECT extversion, extnamespace::regnamespace FROM pg_extension WHERE extname = 'hstore'"), "1.7|extensions");
    EXPECT_EQ(ask("SELECT has_table_privilege('readers', 't', 'TRIGGER'), relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = 't'"),
              "t|t|t");
}

TEST_F(EnsureTest, nothing_to_do_is_one_round_trip) {
    ask("CREATE TABLE t (id int)");
    act(everything());
    const auto task = [](pg::Address address) -> Task<Result<std::size_t>> {
        PGPRIMER_CO_TRY(pg::Connection session, co_await pg::Connection::open(address, soon()));
        const std::size_t before = session.round_trips();
        std::function<void(const Change&)> nobody;
        PGPRIMER_CO_CHECK(co_await act_ensure(session, everything(), nobody, soon()));
        co_return session.round_trips() - before;
    };
    EXPECT_EQ(run_task(task(server_.address())).value(), 1U);
}

TEST_F(EnsureTest, mends_what_has_drifted_and_nothing_else) {
    ask("CREATE TABLE t (id int)");
    const auto wanted = everything();
    act(wanted);
    ask("ALTER ROLE \"app 1\" RENAME TO x");
    ask("ALTER ROLE \"app \"\"1\"\"\" NOLOGIN CONNECTION LIMIT 3 PASSWORD 'other'; REVOKE readers FROM \"app \"\"1\"\"\";"
        "ALTER ROLE \"app \"\"1\"\"\" SET search_path TO public; ALTER ROLE \"app \"\"1\"\"\" RESET statement_timeout;"
        "ALTER SCHEMA app OWNER TO postgres; ALTER EXTENSION hstore SET SCHEMA public; ALTER TABLE t NO FORCE ROW LEVEL SECURITY;"
        "REVOKE INSERT ON t FROM readers; ALTER DEFAULT PRIVILEGES IN SCHEMA app REVOKE INSERT ON TABLES FROM readers");
    ask("ALTER DATABASE other OWNER TO postgres");
    EXPECT_THAT(act(wanted),
                ElementsAre("altered role app \"1\": login, connection limit 7", "set the password of role app \"1\"",
                            "granted role readers to app \"1\"", "set search_path of role app \"1\"", "set statement_timeout of role app \"1\"",
                            "made app \"1\" the owner of database other", "made app \"1\" the owner of schema app",
                            "moved extension hstore from schema public to extensions", "granted ALL on table t to readers",
                            "granted by default SELECT, INSERT on tables in schema app to readers", "forced row-level security on public.t"));
    EXPECT_THAT(look(wanted), IsEmpty());
}

TEST_F(EnsureTest, leaves_alone_what_is_not_named) {
    ask("CREATE ROLE app SUPERUSER LOGIN PASSWORD 'kept' CONNECTION LIMIT 3 IN ROLE pg_monitor; ALTER ROLE app SET work_mem TO '8MB'");
    Ensure wanted;
    wanted.roles = {role("app")};
    wanted.roles[0].attributes = {"createdb"};
    EXPECT_THAT(act(wanted), ElementsAre("altered role app: createdb"));
    EXPECT_EQ(ask("SELECT rolsuper, rolcanlogin, rolconnlimit, rolpassword IS NOT NULL FROM pg_authid WHERE rolname = 'app'"), "t|t|3|t");
}

TEST_F(EnsureTest, updates_an_extension_to_the_version_named) {
    ask("CREATE EXTENSION hstore VERSION '1.7'; CREATE EXTENSION cube");
    Ensure wanted;
    wanted.extensions = {{place(1), "hstore", std::nullopt, "1.8"}, {place(1), "earthdistance", std::nullopt, std::nullopt}};
    EXPECT_THAT(act(wanted), ElementsAre("updated extension hstore from 1.7 to 1.8", "created extension earthdistance"));
}

TEST_F(EnsureTest, a_database_whose_locale_is_spelt_otherwise_than_the_templates_is_made) {
    Ensure wanted;
    wanted.databases = {{place(1), "other", std::nullopt, "utf8", "C.utf8", std::nullopt}};
    EXPECT_THAT(act(wanted), ElementsAre("created database other"));
    EXPECT_THAT(act(wanted), IsEmpty());
}

TEST_F(EnsureTest, an_extension_brings_those_that_it_needs) {
    Ensure wanted;
    wanted.extensions = {{place(1), "earthdistance", std::nullopt, std::nullopt}};
    EXPECT_THAT(act(wanted), ElementsAre("created extension earthdistance"));
}

TEST_F(EnsureTest, a_grant_on_all_tables_is_made_when_one_is_new) {
    ask("CREATE ROLE r; CREATE SCHEMA s; CREATE TABLE s.a (); CREATE VIEW s.v AS SELECT 1; CREATE SEQUENCE s.q;"
        "CREATE FUNCTION s.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION s.f(int) FROM PUBLIC");
    Ensure wanted;
    wanted.grants = {grant("r", {"SELECT"}, "all tables in schema s"), grant("r", {"ALL"}, "all sequences in schema s"),
                     grant("r", {"EXECUTE"}, "all functions in schema s")};
    EXPECT_EQ(act(wanted).size(), 3U);
    EXPECT_THAT(act(wanted), IsEmpty());
    ask("CREATE TABLE s.b ()");
    EXPECT_THAT(act(wanted), ElementsAre("granted SELECT on all tables in schema s to r (1 of 3 lacked it, b for one)"));
}

TEST_F(EnsureTest, default_privileges_of_every_kind_are_found_again) {
    ask("CREATE ROLE r; CREATE ROLE maker; CREATE SCHEMA s");
    Ensure wanted;
    for (const char* where : {"", " in schema s"}) {
        for (const char* kind : {"tables", "sequences", "functions", "types"})
            wanted.grants.push_back(default_grant("r", {"ALL"}, std::string(kind) + where));
    }
    wanted.grants.push_back(default_grant("r", {"USAGE", "CREATE"}, "schemas"));
    wanted.grants.push_back(default_grant("public", {"SELECT"}, "tables in schema s"));
    wanted.grants.back().for_role = "maker";
    EXPECT_EQ(act(wanted).size(), wanted.grants.size());
    EXPECT_THAT(act(wanted), IsEmpty());
    EXPECT_EQ(ask("SET ROLE maker; RESET ROLE; GRANT ALL ON SCHEMA s TO maker; SET ROLE maker; CREATE TABLE s.t (); RESET ROLE; SET ROLE r;"
                  "RESET ROLE; SELECT has_table_privilege('r', 's.t', 'SELECT')"),
              "t");
}

TEST_F(EnsureTest, what_everybody_may_is_no_substitute_for_a_grant) {
    ask("CREATE ROLE r; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'");
    Ensure wanted;
    wanted.grants = {grant("r", {"EXECUTE"}, "function f"), grant("public", {"EXECUTE"}, "function f()")};
    EXPECT_THAT(act(wanted), ElementsAre("granted EXECUTE on function f to r"));
}

TEST_F(EnsureTest, many_at_once_all_succeed_and_each_thing_is_made_once) {
    ask("CREATE TABLE t (id int)");
    const auto all = [](pg::Address address) -> Task<std::vector<Texts>> {
        std::vector<Texts> each(8);
        std::vector<Task<void>> tasks;
        const auto one = [](pg::Address to, Texts& into) -> Task<void> {
            const auto changes = co_await act_task(to, everything());
            if (changes)
                into = *changes;
            else
                into = {"error: " + to_text(changes.error())};
        };
        for (Texts& into : each) tasks.push_back(one(address, into));
        co_await when_all(std::move(tasks));
        co_return each;
    };
    int databases = 0;
    for (const Texts& changes : run_task(all(server_.address()))) {
        for (const std::string& text : changes) {
            EXPECT_THAT(text, Not(HasSubstr("error")));
            databases += text == "created database other" ? 1 : 0;
        }
    }
    EXPECT_EQ(databases, 1);
    EXPECT_THAT(look(everything()), IsEmpty());
}

TEST_F(EnsureTest, the_look_changes_nothing_and_needs_nothing) {
    EXPECT_EQ(look(everything()).size(), 20U);
    EXPECT_EQ(ask("SELECT count(*) FROM pg_roles WHERE rolname = 'readers'"), "0");
}

TEST_F(EnsureTest, no_text_tells_a_password) {
    const auto changes = run_task(look_task(server_.address(), everything())).value();
    for (const Change& change : changes) EXPECT_THAT(change.text + change.doing + change.sql, Not(HasSubstr("secret")));
    act(everything());
    EXPECT_THAT(server_.log(), Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace pgprimer::steps
