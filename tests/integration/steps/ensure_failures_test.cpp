#include "ensuring.hpp"

namespace pgprimer::steps {
namespace {

TEST_F(EnsureTest, wrong_entries_are_told_all_at_once_before_anything_happens) {
    Ensure wanted;
    wanted.roles = {role("app"), role("")};
    wanted.roles[0].attributes = {"superhero"};
    wanted.grants = {grant("app", {"FLY"}, "table t"), grant("app", {"SELECT"}, "tables in schema s")};
    const Diagnostic error = act_error(wanted);
    EXPECT_EQ(error.error, Error::config);
    EXPECT_EQ(error.place, place(3));
    EXPECT_EQ(error.more.size(), 3U);
    EXPECT_EQ(ask("SELECT count(*) FROM pg_roles WHERE rolname = 'app'"), "0");
}

TEST_F(EnsureTest, another_encoding_of_a_database_that_is_there_is_an_error) {
    Ensure wanted;
    wanted.databases = {{place(4), "postgres", std::nullopt, "utf-8", "C.utf8", std::nullopt}};
    EXPECT_THAT(act(wanted), IsEmpty());
    wanted.databases[0].encoding = "LATIN1";
    const Diagnostic error = act_error(wanted);
    EXPECT_EQ(error.error, Error::failed);
    EXPECT_EQ(error.message, "database postgres is there with encoding UTF8, not LATIN1");
    EXPECT_EQ(error.place, place(4));
    wanted.databases[0].encoding.reset();
    wanted.databases[0].locale = "de_DE";
    EXPECT_THAT(act_error(wanted).message, HasSubstr("collation C.UTF-8"));
}

TEST_F(EnsureTest, an_error_of_the_server_names_what_was_done_and_where_it_is_written) {
    Ensure wanted;
    wanted.grants = {grant("nobody", {"CONNECT"}, "database postgres")};
    Diagnostic error = act_error(wanted);
    EXPECT_EQ(error.message, "grant CONNECT on database postgres to nobody: role \"nobody\" does not exist");
    EXPECT_EQ(error.sqlstate, "42704");
    EXPECT_EQ(error.place, place(7));
    EXPECT_THAT(error.hint, HasSubstr("a step before it"));
    wanted.grants = {grant("public", {"SELECT"}, "table nowhere")};
    error = act_error(wanted);
    EXPECT_EQ(error.sqlstate, "42P01");
    EXPECT_THAT(error.hint, HasSubstr("a step before it"));
    wanted.grants.clear();
    wanted.roles = {role("postgres")};
    wanted.roles[0].attributes = {"valid until 'some day'"};
    error = act_error(wanted);
    EXPECT_THAT(error.message, HasSubstr("some day"));
    EXPECT_EQ(error.place, place(3));
}

TEST_F(EnsureTest, a_contradiction_ends_with_an_error) {
    Ensure wanted;
    wanted.roles = {role("app"), role("app")};
    wanted.roles[0].login = true;
    wanted.roles[1].login = false;
    EXPECT_THAT(act_error(wanted).message, HasSubstr("was carried out, and is found not to be so again"));
}

TEST_F(EnsureTest, a_real_conflict_of_names_ends_with_the_servers_error) {
    ask("CREATE FUNCTION pg_stat_statements_reset(oid, oid, bigint) RETURNS void LANGUAGE sql AS 'SELECT'; CREATE FUNCTION hstore_in(cstring)"
        " RETURNS int IMMUTABLE STRICT LANGUAGE internal AS 'int4in'");
    Ensure wanted;
    wanted.extensions = {{place(6), "pg_stat_statements", "public", std::nullopt}};
    const Diagnostic error = act_error(wanted);
    EXPECT_EQ(error.sqlstate, "42723");
    EXPECT_THAT(error.message, HasSubstr("create extension pg_stat_statements"));
}

TEST_F(EnsureTest, a_role_that_lacks_the_right_gets_an_error_and_no_loop) {
    ask("CREATE ROLE weak LOGIN; CREATE TABLE t (); GRANT SELECT ON t TO weak");
    Ensure wanted;
    wanted.grants = {grant("public", {"SELECT"}, "table t")};
    EXPECT_THAT(act(wanted, server_.address("postgres", "weak")).front(), HasSubstr("carried out"));
    wanted.grants.clear();
    wanted.roles = {role("app")};
    EXPECT_THAT(act(wanted, server_.address("postgres", "weak")).front(), HasSubstr("42501"));
}

}  // namespace
}  // namespace pgprimer::steps
