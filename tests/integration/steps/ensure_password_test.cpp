#include "ensuring.hpp"

namespace pgprimer::steps {
namespace {

TEST_F(EnsureTest, a_password_may_be_given_as_a_verifier) {
    Ensure wanted;
    wanted.roles = {role("a"), role("b")};
    wanted.roles[0].password = Secret("md5" + std::string(32, 'a'));
    wanted.roles[1].password = Secret("plain");
    act(wanted);
    EXPECT_EQ(ask("SELECT rolpassword FROM pg_authid WHERE rolname = 'a'"), wanted.roles[0].password->reveal());
    wanted.roles[1].password = Secret(ask("SELECT rolpassword FROM pg_authid WHERE rolname = 'b'"));
    EXPECT_THAT(act(wanted), IsEmpty());
}

TEST_F(EnsureTest, an_md5_verifier_of_the_same_password_stays) {
    ask("SET password_encryption = 'md5'; CREATE ROLE app PASSWORD 'one'");
    Ensure wanted;
    wanted.roles = {role("app")};
    wanted.roles[0].password = Secret("one");
    EXPECT_THAT(act(wanted), IsEmpty());
}

TEST_F(EnsureScramTest, without_pg_authid_a_login_tells_about_the_password) {
    ask("CREATE ROLE manager LOGIN CREATEROLE PASSWORD 'm'");
    pg::Address manager = server_.address("postgres", "manager");
    manager.password = Secret("m");
    Ensure wanted;
    wanted.roles = {role("app")};
    wanted.roles[0].login = true;
    wanted.roles[0].password = Secret("one");
    EXPECT_THAT(act(wanted, manager), ElementsAre("created role app"));
    EXPECT_THAT(act(wanted, manager), IsEmpty());
    wanted.roles[0].password = Secret("two");
    ask("ALTER ROLE app NOLOGIN");
    EXPECT_THAT(act(wanted, manager), ElementsAre("altered role app: login", "set the password of role app"));
    pg::Address app = server_.address("postgres", "app");
    app.password = Secret("two");
    EXPECT_EQ(ask("SELECT current_user", app), "app");
}

TEST_F(EnsureScramTest, a_role_that_has_all_its_connections_is_asked_for_its_password_first) {
    ask("CREATE ROLE manager LOGIN CREATEROLE PASSWORD 'm'");
    pg::Address manager = server_.address("postgres", "manager");
    manager.password = Secret("m");
    Ensure wanted;
    wanted.roles = {role("app")};
    wanted.roles[0].login = true;
    wanted.roles[0].attributes = {"connection limit 0"};
    wanted.roles[0].password = Secret("one");
    EXPECT_THAT(act(wanted, manager), ElementsAre("created role app"));
    EXPECT_THAT(act(wanted, manager), IsEmpty());
    wanted.roles[0].password = Secret("two");
    EXPECT_THAT(act(wanted, manager), ElementsAre("set the password of role app"));
}

TEST_F(EnsureScramTest, a_password_that_nothing_tells_about_is_set_every_time) {
    ask("CREATE ROLE manager LOGIN CREATEROLE PASSWORD 'm'");
    pg::Address manager = server_.address("postgres", "manager");
    manager.password = Secret("m");
    server_.write_hba("local all all trust\nhost all app 127.0.0.1/32 reject\nhost all all 127.0.0.1/32 scram-sha-256\n");
    server_.restart();
    Ensure wanted;
    wanted.roles = {role("app")};
    wanted.roles[0].login = true;
    wanted.roles[0].password = Secret("one");
    EXPECT_THAT(act(wanted, manager), ElementsAre("created role app", "set the password of role app"));
    EXPECT_THAT(act(wanted, manager), ElementsAre("set the password of role app"));
}

}  // namespace
}  // namespace pgprimer::steps
