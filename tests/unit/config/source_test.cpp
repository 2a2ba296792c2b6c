// Where the configuration is found, and what serves without one.
#include "told.hpp"

namespace pgprimer::config {
namespace {

const std::string one_step = "[[step]]\nname = \"a\"\nsql = \"a.sql\"\n";

// Where it was found, or the failure.
std::string found(const test::FakeFiles& files, const Environment& environment, const Flags& flags = {}) {
    const auto config = load(files, environment, flags);
    return config ? config->source : "error " + config.error().message;
}

TEST(Source, ByRank) {
    test::FakeFiles files{{"/etc/pgprimer/pgprimer.toml", one_step}};
    Environment environment;
    EXPECT_EQ(found(files, environment), "/etc/pgprimer/pgprimer.toml");
    files.add("pgprimer.toml", one_step);
    EXPECT_EQ(found(files, environment), "pgprimer.toml");
    environment["PGPRIMER_CONFIG_TOML"] = one_step;
    EXPECT_EQ(found(files, environment), "PGPRIMER_CONFIG_TOML");
    environment["PGPRIMER_CONFIG"] = "/env.toml";
    files.add("/env.toml", one_step);
    EXPECT_EQ(found(files, environment), "/env.toml");
    files.add(path, one_step);
    EXPECT_EQ(found(files, environment, with_config()), path);
}

TEST(Source, OfTheEnvironmentHasTheWorkingDirectory) {
    const auto config = load(test::FakeFiles{}, {{"PGPRIMER_CONFIG_TOML", one_step}}, {});
    ASSERT_TRUE(config);
    EXPECT_EQ(config->file, "");
    EXPECT_EQ(config->folder, std::filesystem::current_path());
    EXPECT_THAT(failures(load(test::FakeFiles{}, {{"PGPRIMER_CONFIG_TOML", "[wiat]\n"}}, {})),
                ElementsAre(HasSubstr("1:2 there is no key \"wiat\"")));
}

TEST(Source, OneThatIsNamedHasToBeThere) {
    EXPECT_EQ(found({}, {}, with_config()), "error the configuration \"/etc/app/pgprimer.toml\" is not there");
    EXPECT_EQ(found({{"/etc/pgprimer/pgprimer.toml", one_step}}, {{"PGPRIMER_CONFIG", "/not/there"}}),
              "error the configuration \"/not/there\" is not there");
    const auto missing = load(test::FakeFiles{}, {{"PGPRIMER_CONFIG", "/not/there"}}, {});
    EXPECT_EQ(missing.error().hint, "it is named by environment PGPRIMER_CONFIG; is it mounted?");
    test::FakeFiles folder;
    folder.folder(path);
    EXPECT_EQ(found(folder, {}, with_config()), "error \"/etc/app/pgprimer.toml\" is a folder, not a configuration");
}

TEST(Source, WithNothingAtAllItIsUsage) {
    const auto config = load(test::FakeFiles{}, {}, {});
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().error, Error::usage);
    EXPECT_THAT(config.error().message, HasSubstr("there is no configuration"));
}

TEST(Conventions, TheContainersFoldersServe) {
    test::FakeFiles files{{"/initdb/01.sql", ""},         {"/docker-entrypoint-initdb.d/a.sql.gz", ""},
                          {"/migrations/1_a.up.sql", ""}, {"/hooks/20 Second", ""},
                          {"/hooks/10-first", ""},        {"/hooks/README.md", ""},
                          {"/hooks/.hidden", ""},         {"/hooks/sub/x", ""}};
    for (const char* hook : {"/hooks/20 Second", "/hooks/10-first", "/hooks/.hidden", "/hooks/sub"}) files.stat_of(hook).executable = true;
    const auto config = load(files, {{"PGHOST", "db"}, {"PGPRIMER_WAIT_TIMEOUT", "7s"}, {"PGPRIMER_TARGET_USER", "app"}}, {});
    ASSERT_TRUE(config) << joined(failures(config));
    EXPECT_EQ(config->source, "conventions");
    EXPECT_EQ(config->folder, "/");
    EXPECT_EQ(config->wait_timeout, Milliseconds{7'000});
    EXPECT_EQ(told(config->targets.at(0)), "app@db:5432/app");
    Lines steps;
    for (const auto& step : config->steps) steps.push_back(step.id + " " + kind_name(step.kind) + " " + step.name);
    EXPECT_THAT(steps,
                ElementsAre("initdb sql /initdb", "docker-entrypoint-initdb-d sql /docker-entrypoint-initdb.d", "migrations migrations /migrations",
                            "hooks-10-first exec /hooks/10-first", "hooks-20-second exec /hooks/20 Second"));
    EXPECT_EQ(std::get<Sql>(config->steps[0].kind).patterns.at(0).value, "/initdb/*");
    EXPECT_EQ(std::get<Migrations>(config->steps[2].kind).folders.at(0).value, "/migrations");
    EXPECT_THAT(std::get<Exec>(config->steps[4].kind).argv, ElementsAre("/hooks/20 Second"));
}

TEST(Conventions, OnlyTheseFolders) {
    EXPECT_THAT(found({{"/sql/a.sql", ""}, {"/initdb.d/a.sql", ""}, {"/initdb/readme.txt", ""}}, {}), HasSubstr("error there is no configuration"));
    EXPECT_EQ(found({{"/migrations/1_a.up.sql", ""}, {"/etc/pgprimer/pgprimer.toml", one_step}}, {}), "/etc/pgprimer/pgprimer.toml");
}

TEST(Conventions, AFolderOfShellScriptsServesToo) {
    const auto config = load(test::FakeFiles{{"/docker-entrypoint-initdb.d/a.sh", ""}, {"/initdb/.a.sh", ""}, {"/initdb/README", ""}}, {}, {});
    ASSERT_TRUE(config) << joined(failures(config));
    ASSERT_EQ(config->steps.size(), 1U);
    EXPECT_EQ(config->steps[0].id, "docker-entrypoint-initdb-d");
}

TEST(Source, ItsPathsAreRelativeToItsFolder) {
    test::FakeFiles files{{"/etc/app/secrets/pw", "from file\n"}};
    const auto config =
        loaded("[target]\npassword_file = \"secrets/pw\"\n[plan]\nid = \"${file:secrets/pw}\"\n[announce]\nready_file = \"out/ready\"\n", {}, files);
    ASSERT_TRUE(config) << joined(failures(config));
    EXPECT_EQ(config->targets[0].password.value.reveal(), "from file");
    EXPECT_EQ(config->plan_id, "from file");
    EXPECT_EQ(config->announce.ready_file, "/etc/app/out/ready");
}

TEST(Secrets, VariablesThatAreCalledSecretsAreHiddenAndPasswordsInAddresses) {
    const auto config = loaded("[[step]]\nname = \"s\"\nexec = [\"./h\", \"${API_TOKEN}\", \"${GIT_SHA}\", \"${REDIS_URL}\"]\n",
                               {{"API_TOKEN", "tok-1"}, {"GIT_SHA", "abc123"}, {"REDIS_URL", "redis://:re%40dis@cache:6379/0"}});
    ASSERT_TRUE(config) << joined(failures(config));
    EXPECT_TRUE(hides(*config, "tok-1") && hides(*config, "re%40dis"));
    EXPECT_FALSE(hides(*config, "abc123"));
    const auto url = loaded("[target]\nurl = \"${DATABASE_URL}\"\n", {{"DATABASE_URL", "postgresql://u:a!%2Fb@h/d"}});
    ASSERT_TRUE(url);
    EXPECT_TRUE(hides(*url, "a!/b") && hides(*url, "a!%2Fb"));
}

}  // namespace
}  // namespace pgprimer::config
