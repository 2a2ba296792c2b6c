#include "told.hpp"

namespace pgprimer::config {
namespace {

std::string target_of(const Environment& environment, const Flags& flags = {}, const test::FakeFiles& files = {}) {
    return told(load_target(files, environment, flags));
}

Flags with_url(const char* url) {
    Flags flags;
    flags.database_url = url;
    return flags;
}

test::FakeFiles with_pgpass(const std::string& content, unsigned mode = 0600) {
    test::FakeFiles files;
    files.add("/home/u/.pgpass", content);
    files.stat_of("/home/u/.pgpass").mode = mode;
    return files;
}

TEST(Rank, WithoutAnythingThereAreDefaultsAndTheUserIsPostgres) {
    EXPECT_EQ(target_of({}), "postgres@localhost:5432/postgres");
    EXPECT_EQ(target_of({{"USER", "root"}, {"LOGNAME", "root"}}), "postgres@localhost:5432/postgres");
    EXPECT_EQ(target_of({{"PGUSER", "app"}}), "app@localhost:5432/app");
}

TEST(Rank, TheHigherSourceWins) {
    Environment all{{"POSTGRES_USER", "e"}, {"POSTGRES_DB", "e"}, {"POSTGRES_HOST", "e"}, {"POSTGRES_PORT", "5"}};
    EXPECT_EQ(target_of(all), "e@e:5/e");
    all.insert({{"PGUSER", "d"}, {"PGDATABASE", "d"}, {"PGHOST", "d"}, {"PGPORT", "4"}});
    EXPECT_EQ(target_of(all), "d@d:4/d");
    all["DATABASE_URL"] = "postgresql://c@c:3/c";
    EXPECT_EQ(target_of(all), "c@c:3/c");
    const auto in_file = [&all](const char* toml) {
        const auto config = loaded(toml, all);
        return config ? told(config->targets.front()) : "error " + config.error().message;
    };
    EXPECT_EQ(in_file("[target]\nurl = \"postgresql://b@b:2/b\"\n"), "b@b:2/b");
    EXPECT_EQ(in_file("[target]\nhost = \"b\"\nport = 2\nuser = \"b\"\ndbname = \"b\"\n"), "b@b:2/b");
    all["PGPRIMER_DATABASE_URL"] = "postgresql://a@a:1/a";
    EXPECT_EQ(in_file("[target]\nurl = \"postgresql://b@b:2/b\"\n"), "a@a:1/a");
    EXPECT_EQ(target_of(all), "a@a:1/a");
    EXPECT_EQ(target_of(all, with_url("postgresql://f@f:9/f")), "f@f:9/f");
}

TEST(Rank, PartsThatAreOpenComeFromTheLowerRanks) {
    EXPECT_EQ(target_of({{"DATABASE_URL", "postgresql://db/shop"}, {"PGUSER", "app"}, {"PGPASSWORD", "pw"}}), "app:pw@db:5432/shop");
    EXPECT_EQ(target_of({{"PGHOST", "db"}, {"POSTGRES_DB", "shop"}, {"POSTGRES_USER", "app"}, {"POSTGRES_PASSWORD", "pw"}}), "app:pw@db:5432/shop");
    EXPECT_EQ(target_of({{"PGSSLMODE", "require"}, {"PGHOST", "db"}}), "postgres@db:5432/postgres sslmode=require");
    EXPECT_EQ(target_of({{"DATABASE_URL", ""}, {"PGHOST", "db"}}), "postgres@db:5432/postgres");
}

TEST(Rank, AnotherHostsPortIsNotUsed) {
    EXPECT_EQ(target_of({{"DATABASE_URL", "postgresql://u@db/d"}, {"PGHOST", "other"}, {"PGPORT", "1"}}), "u@db:5432/d");
    EXPECT_EQ(target_of({{"DATABASE_URL", "postgresql://u@db/d"}, {"PGPORT", "1"}}), "u@db:1/d");
    EXPECT_EQ(target_of({{"PGHOST", "db"}, {"POSTGRES_PORT", "2"}}), "postgres@db:2/postgres");
}

TEST(Rank, APasswordIsNotSentAsAnotherUsersOrToAnotherHost) {
    EXPECT_EQ(target_of({{"DATABASE_URL", "postgresql://app@db/d"}, {"PGUSER", "postgres"}, {"PGPASSWORD", "pw"}}), "app@db:5432/d");
    EXPECT_EQ(target_of({{"DATABASE_URL", "postgresql://app@db/d"}, {"POSTGRES_USER", "admin"}, {"POSTGRES_PASSWORD", "pw"}}), "app@db:5432/d");
    EXPECT_EQ(target_of({{"DATABASE_URL", "postgresql://app@db/d"}, {"POSTGRES_USER", "app"}, {"POSTGRES_PASSWORD", "pw"}}), "app:pw@db:5432/d");
    EXPECT_EQ(target_of({{"PGUSER", "app"}, {"POSTGRES_USER", "admin"}, {"POSTGRES_PASSWORD", "pw"}}), "app@localhost:5432/app");
    EXPECT_EQ(target_of({{"DATABASE_URL", "postgresql://app@db/d"}, {"PGHOST", "other"}, {"PGPASSWORD", "pw"}}), "app@db:5432/d");
    EXPECT_EQ(target_of({{"PGPASSWORD", "own"}, {"POSTGRES_PASSWORD", "other"}}), "postgres:own@localhost:5432/postgres");
    const auto config = loaded("[target]\nuser = \"app\"\n", {{"DATABASE_URL", "postgresql://admin:pw@db/d"}});
    ASSERT_TRUE(config);
    EXPECT_EQ(told(config->targets.front()), "app@db:5432/d");
}

TEST(Rank, SourcesAreNamed) {
    const auto t = load_target(test::FakeFiles{},
                               {{"DATABASE_URL", "postgresql://db/shop"}, {"PGUSER", "app"}, {"POSTGRES_PASSWORD", "pw"}, {"PGPORT", "1"}}, {});
    ASSERT_TRUE(t);
    EXPECT_EQ(t->sources(),
              "user app from environment PGUSER; host db and database shop from environment DATABASE_URL; port 1 from environment PGPORT; "
              "password from environment POSTGRES_PASSWORD");
    const auto none = load_target(test::FakeFiles{}, {}, {});
    ASSERT_TRUE(none);
    EXPECT_EQ(none->sources(), "user postgres and host localhost by default; database postgres by default, the user's name");
    const auto flag = load_target(test::FakeFiles{}, {}, with_url("postgresql://app@db/d"));
    ASSERT_TRUE(flag);
    EXPECT_EQ(flag->sources(), "user app, host db and database d from --database-url");
}

TEST(Rank, AWrongUrlIsNamedByItsSource) {
    EXPECT_EQ(target_of({{"DATABASE_URL", "mysql://u:hunter2@h/d"}}),
              "error environment DATABASE_URL: the database URL has a scheme that is not PostgreSQL's: mysql");
    EXPECT_EQ(target_of({{"PGPRIMER_DATABASE_URL", "nonsense"}}),
              "error environment PGPRIMER_DATABASE_URL: the database URL is no URL: it has no scheme://");
    const auto flag = load_target(test::FakeFiles{}, {}, with_url("nonsense"));
    ASSERT_FALSE(flag);
    EXPECT_EQ(flag.error().error, Error::usage);
    EXPECT_EQ(flag.error().message, "--database-url: the database URL is no URL: it has no scheme://");
    EXPECT_EQ(target_of({{"PGPORT", "x"}}), "error environment PGPORT is \"x\", which is no port from 1 to 65535");
    EXPECT_EQ(target_of({{"POSTGRES_PORT", "70000"}}), "error environment POSTGRES_PORT is \"70000\", which is no port from 1 to 65535");
    EXPECT_EQ(target_of({{"PGHOST", "a,b"}, {"PGPORT", "1,2"}}), "postgres@a,b:1,2/postgres");
}

// "server; dependents": the second is what hooks and whoever waits use.
std::string both(const Result<Config>& config, std::size_t number = 0) {
    if (!config) return "error " + joined(failures(config));
    const Target& t = config->targets.at(number);
    return told(t) + (t.dependents ? "; " + told(*t.dependents) : "");
}

TEST(Rank, BesideAPoolerStandsTheServerItself) {
    const std::string pooler = "[target]\nurl = \"postgresql://app:pw@pool:6432/shop?schema=s\"\n";
    EXPECT_EQ(both(loaded(pooler)), "app:pw@pool:6432/shop path=s");
    const std::string with = pooler + "direct_url = \"postgresql://db\"\n";
    EXPECT_EQ(both(loaded(with)), "app:pw@db:5432/shop path=s; app:pw@pool:6432/shop path=s");
    EXPECT_EQ(both(loaded(pooler + "direct_url = \"postgresql://owner@db:1/shop_1?sslmode=require\"\n")),
              "owner@db:1/shop_1 sslmode=require path=s; app:pw@pool:6432/shop path=s");
    EXPECT_EQ(both(loaded(pooler + "direct_url = \"\"\nsslmode = \"disable\"\n")), "app:pw@pool:6432/shop sslmode=disable path=s");
    EXPECT_EQ(both(loaded(with + "sslmode = \"disable\"\n")),
              "app:pw@db:5432/shop sslmode=disable path=s; app:pw@pool:6432/shop sslmode=disable path=s");
    EXPECT_EQ(both(loaded("[target]\ndirect_url = \"postgresql://db\"\n", {{"DATABASE_URL", "postgresql://app:pw@pool/shop"}})),
              "app:pw@db:5432/shop; app:pw@pool:5432/shop");
}

TEST(Rank, TheServerBehindAPoolerIsSaidByTheEnvironment) {
    const std::string with = "[target]\nurl = \"postgresql://app:pw@pool/shop\"\ndirect_url = \"postgresql://db\"\n";
    EXPECT_EQ(both(loaded(with, {{"PGPRIMER_DIRECT_URL", "postgresql://other"}})), "app:pw@other:5432/shop; app:pw@pool:5432/shop");
    EXPECT_EQ(both(loaded(with, {{"PGPRIMER_TARGET_DIRECT_URL", "postgresql://other"}})), "app:pw@other:5432/shop; app:pw@pool:5432/shop");
    // Another address than the file's has nothing to do with the file's server.
    const Environment flag{{"PGPRIMER_DATABASE_URL", "postgresql://u:p@elsewhere/d"}};
    EXPECT_EQ(both(loaded(with, flag)), "u:p@elsewhere:5432/d");
    Environment all = flag;
    all["PGPRIMER_DIRECT_URL"] = "postgresql://behind";
    EXPECT_EQ(both(loaded(with, all)), "u:p@behind:5432/d; u:p@elsewhere:5432/d");
}

TEST(Rank, FurtherTargetsAreBehindTheSamePooler) {
    const std::string two =
        "[target]\nurl = \"postgresql://app:pw@pool/shop\"\ndirect_url = \"postgresql://db/shop_1\"\n[target.b]\nuser = \"b\"\npassword = \"q\"\n"
        "[target.c]\nuser = \"b\"\npassword = \"q\"\ndbname = \"c\"\n[target.d]\nurl = \"postgresql://d@else/d\"\n";
    const auto config = loaded(two);
    EXPECT_EQ(both(config, 1), "b:q@db:5432/shop_1; b:q@pool:5432/shop");
    EXPECT_EQ(both(config, 2), "b:q@db:5432/c; b:q@pool:5432/c");
    EXPECT_EQ(both(config, 3), "d@else:5432/d");
}

TEST(Rank, AServerBehindAPoolerThatCannotBeReadIsAnError) {
    const std::string pooler = "[target]\nurl = \"postgresql://app:pw@pool/shop\"\n";
    EXPECT_THAT(both(loaded(pooler + "direct_url = \"nonsense\"\n")), HasSubstr("[target] direct_url: the database URL is no URL"));
    EXPECT_THAT(both(loaded(pooler + "direct_url = \"postgresql:///shop\"\n")), HasSubstr("[target] direct_url names no host"));
    EXPECT_THAT(both(loaded(pooler, {{"PGPRIMER_DIRECT_URL", "mysql://x"}})), HasSubstr("environment PGPRIMER_DIRECT_URL: "));
    const auto config = loaded(pooler + "direct_url = \"postgresql://owner:geheim%20nis@db\"\n");
    ASSERT_TRUE(config);
    EXPECT_TRUE(hides(*config, "geheim nis") && hides(*config, "geheim%20nis") && hides(*config, "pw"));
}

// An application's DATABASE_URL may be of another database altogether.
TEST(Rank, AnotherDatabasesUrlIsOnlyWarnedOfWhereTheServerIsSaidAboveIt) {
    const std::string unused = "environment DATABASE_URL: the database URL has a scheme that is not PostgreSQL's: mysql; it is not used, since ";
    EXPECT_EQ(target_of({{"DATABASE_URL", "mysql://u:p@h/d"}}, with_url("postgresql://f@f:9/f")),
              "f@f:9/f (" + unused + "--database-url says where the server is)");
    const auto config = loaded("[target]\nhost = \"f\"\n", {{"DATABASE_URL", "mysql://u:p@h/d"}});
    ASSERT_TRUE(config) << joined(failures(config));
    EXPECT_THAT(config->warnings, ::testing::Contains(unused + "[target] host says where the server is"));
    EXPECT_THAT(failures(loaded("[plan]\nid = \"1\"\n", {{"DATABASE_URL", "mysql://u:p@h/d"}, {"PGHOST", "x"}})),
                ElementsAre(HasSubstr("environment DATABASE_URL: the database URL has a scheme that is not PostgreSQL's: mysql")));
}

TEST(Rank, WhatCannotBeReadIsNoErrorWhereAHigherRankSaysThatPart) {
    const Environment broken{{"PGPORT", "x"},
                             {"POSTGRES_PORT", "y"},
                             {"POSTGRES_PASSWORD", "a"},
                             {"POSTGRES_PASSWORD_FILE", "/not/there"},
                             {"POSTGRES_DB_FILE", "/not/there"}};
    EXPECT_EQ(target_of(broken, with_url("postgresql://u:p@h:1/d")), "u:p@h:1/d");
    EXPECT_EQ(target_of(broken, with_url("postgresql://u:p@h/d")), "error environment PGPORT is \"x\", which is no port from 1 to 65535");
    EXPECT_EQ(target_of({{"DATABASE_URL", "postgresql://u@h/d"}, {"PGUSER", "v"}, {"PGPASSFILE", "/x"}, {"PGSERVICE", "none"}}, {}), "u@h:5432/d");
    const auto config = loaded("[target.a]\nurl = \"postgresql://u:p@h:1/d\"\n[target.b]\nhost = \"other\"\nuser = \"v\"\n", broken);
    EXPECT_THAT(failures(config), ElementsAre(HasSubstr("environment PGPORT is \"x\"")));
}

// Kubernetes sets it in every container beside a service named postgres.
TEST(PostgresVariables, AServiceLinkIsNoPort) {
    EXPECT_EQ(target_of({{"POSTGRES_HOST", "db"}, {"POSTGRES_PORT", "tcp://10.96.0.7:5432"}}), "postgres@db:5432/postgres");
}

TEST(PostgresVariables, AreReadWithTheirFiles) {
    test::FakeFiles files{{"/run/secrets/pw", "from file\n"}, {"/run/secrets/two", "a\n\n"}, {"/run/secrets/user", "app\r\n"}};
    EXPECT_EQ(target_of({{"POSTGRES_PASSWORD_FILE", "/run/secrets/pw"}}, {}, files), "postgres:from file@localhost:5432/postgres");
    EXPECT_EQ(target_of({{"POSTGRES_PASSWORD_FILE", "/run/secrets/two"}}, {}, files), "postgres:a\n@localhost:5432/postgres");
    EXPECT_EQ(target_of({{"POSTGRES_USER_FILE", "/run/secrets/user"}, {"POSTGRES_DB", "d"}}, {}, files), "app@localhost:5432/d");
    EXPECT_EQ(target_of({{"POSTGRES_PASSWORD", "a"}, {"POSTGRES_PASSWORD_FILE", "/run/secrets/pw"}}, {}, files),
              "error POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE are both set");
    EXPECT_THAT(target_of({{"POSTGRES_PASSWORD_FILE", "/not/there"}}, {}, files),
                HasSubstr("error environment POSTGRES_PASSWORD_FILE: \"/not/there\""));
    files.add("/run/secrets/binary", std::string("s3c\0ret", 7));
    EXPECT_THAT(target_of({{"POSTGRES_PASSWORD_FILE", "/run/secrets/binary"}}, {}, files), HasSubstr("holds NUL bytes"));
}

TEST(PasswordFile, IsReadAsLibpqDoes) {
    const Environment home{{"HOME", "/home/u"}, {"PGHOST", "db"}, {"PGUSER", "app"}, {"PGDATABASE", "shop"}};
    const struct {
        const char* what;
        const char* content;
        const char* result;
    } cases[] = {
        {"exact", "db:5432:shop:app:pw\n", "app:pw@db:5432/shop"},
        {"first match", "# comment\n\nother:*:*:*:no\n*:*:*:*:first\ndb:5432:shop:app:second\n", "app:first@db:5432/shop"},
        {"other user", "db:5432:shop:admin:pw\n", "app@db:5432/shop"},
        {"escaped", "*:*:*:*:p\\:w\\\\d\n", "app:p:w\\d@db:5432/shop"},
        {"colon in password", "*:*:*:*:p:w\n", "app:p:w@db:5432/shop"},
        {"line ends", "*:*:*:*:pw\r\n", "app:pw@db:5432/shop"},
        {"too few fields", "db:5432:pw\n", "app@db:5432/shop"},
        {"empty", "", "app@db:5432/shop"},
    };
    for (const auto& c : cases) EXPECT_EQ(target_of(home, {}, with_pgpass(c.content)), c.result) << c.what;
    Environment own = home;
    own["PGPASSWORD"] = "own";
    EXPECT_EQ(target_of(own, {}, with_pgpass("*:*:*:*:pw\n")), "app:own@db:5432/shop");
    Environment elsewhere = home;
    elsewhere["PGPASSFILE"] = "/not/there";
    EXPECT_EQ(target_of(elsewhere, {}, with_pgpass("*:*:*:*:pw\n")), "app@db:5432/shop");
    Environment socket = home;
    socket["PGHOST"] = "/var/run/postgresql";
    EXPECT_EQ(target_of(socket, {}, with_pgpass("localhost:*:*:*:pw\n")), "app:pw@/var/run/postgresql:5432/shop");
}

TEST(PasswordFile, ReadableForOthersIsNotUsedAndToldSo) {
    const auto t = load_target(with_pgpass("*:*:*:*:pw\n", 0644), {{"HOME", "/home/u"}}, {});
    ASSERT_TRUE(t);
    EXPECT_TRUE(t->password.value.empty());
    EXPECT_THAT(t->warnings, ElementsAre("\"/home/u/.pgpass\" is readable for others and so not used, as by psql: chmod 600 it"));
}

TEST(Service, GivesWhatPgVariablesDoNot) {
    const test::FakeFiles files{
        {"/s.conf", "# comment\n[other]\nhost=no\n[shop]\nhost = db\nport=5433\nuser=app\ndbname=shop\npassword=pw\nsslmode=require\n"}};
    EXPECT_EQ(target_of({{"PGSERVICE", "shop"}, {"PGSERVICEFILE", "/s.conf"}}, {}, files), "app:pw@db:5433/shop sslmode=require");
    EXPECT_EQ(target_of({{"PGSERVICE", "shop"}, {"PGSERVICEFILE", "/s.conf"}, {"PGDATABASE", "d"}}, {}, files), "app:pw@db:5433/d sslmode=require");
    EXPECT_EQ(target_of({{"PGSERVICE", "none"}, {"PGSERVICEFILE", "/s.conf"}}, {}, files),
              "error environment PGSERVICE: there is no [none] in \"/s.conf\"");
    EXPECT_THAT(target_of({{"PGSERVICE", "shop"}, {"PGSERVICEFILE", "/no.conf"}}, {}, files), HasSubstr("error environment PGSERVICE: \"/no.conf\""));
}

TEST(Display, NeverHoldsThePassword) {
    const auto t = load_target(test::FakeFiles{}, {}, with_url("postgresql://app:hunter2@[::1]:1,b:2/my%20shop?sslmode=require"));
    ASSERT_TRUE(t);
    EXPECT_EQ(t->display(), "postgresql://app@[::1]:1,b:2/my shop");
    EXPECT_THAT(t->sources(), Not(HasSubstr("hunter2")));
}

TEST(Sources, AnEmptyPasswordIsNamedToo) {
    const auto t = load_target(test::FakeFiles{{"/pw", "\n"}}, {{"POSTGRES_PASSWORD_FILE", "/pw"}}, {});
    ASSERT_TRUE(t);
    EXPECT_THAT(t->sources(), HasSubstr("an empty password from POSTGRES_PASSWORD_FILE (/pw)"));
}

TEST(TargetUrl, IsReadBackAsItWas) {
    for (const char* url : {"postgresql://app:p%40%2F%23%3F%25%3A@db:5433/my%20shop?sslmode=require&sslrootcert=%2Fca.pem",
                            "postgresql://app@[::1]:1,b:2/d", "postgresql://app@%2Fvar%2Frun:5432/d", "postgresql://app%40corp:%C3%A9@db:5432/d"}) {
        const auto t = load_target(test::FakeFiles{}, {}, with_url(url));
        ASSERT_TRUE(t) << url;
        EXPECT_EQ(t->url().reveal(), url);
        EXPECT_EQ(told(parse_url(t->url().reveal(), "x")), told(t)) << url;
    }
}

}  // namespace
}  // namespace pgprimer::config
