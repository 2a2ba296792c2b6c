#include "pgprimer/config/psql.hpp"

#include <gmock/gmock.h>

#include "support/fake_files.hpp"

namespace pgprimer::config {
namespace {

using testing::ElementsAre;
using testing::Pair;
using Settings = std::vector<std::pair<std::string, std::string>>;

PsqlTarget target(std::map<std::string, std::string> given, const Environment& environment, const test::FakeFiles& files = {}) {
    auto out = psql_target(files, environment, std::move(given));
    EXPECT_TRUE(out) << (out ? "" : out.error().message);
    return out ? std::move(out).value() : PsqlTarget{};
}

TEST(Psql, WithoutAnythingItIsPostgresAtLocalhost) {
    const auto t = target({}, {{"DATABASE_URL", "postgresql://x@y/z"}, {"POSTGRES_USER", "w"}});
    EXPECT_EQ(t.target.display(), "postgresql://postgres@localhost:5432/postgres");
    EXPECT_EQ(t.application_name, "psql");
    EXPECT_FALSE(t.client_encoding || t.connect_timeout);
}

TEST(Psql, ASocketThatIsThereComesFirst) {
    test::FakeFiles files;
    files.add("/tmp/.s.PGSQL.5433", "");
    EXPECT_THAT(target({{"port", "5433"}}, {}, files).target.hosts.value, ElementsAre("/tmp"));
    EXPECT_THAT(target({}, {}, files).target.hosts.value, ElementsAre("localhost"));
}

TEST(Psql, OptionsComeBeforeTheEnvironment) {
    const Environment environment{{"PGHOST", "a"}, {"PGUSER", "b"}, {"PGPASSWORD", "c"}, {"PGPORT", "7"}, {"PGSSLMODE", "disable"}};
    const auto t = target({{"user", "u"}, {"host", ""}}, environment);
    EXPECT_EQ(t.target.display(), "postgresql://u@a:7/u");
    EXPECT_EQ(t.target.password.value.reveal(), "c");  // as libpq: whoever the user is
    EXPECT_EQ(t.target.parameters.at("sslmode"), "disable");
}

TEST(Psql, AServiceStandsBetweenThem) {
    test::FakeFiles files;
    files.add("/s", "[other]\nhost=no\n[me]\nhost=h\nport=9\nsslmode=require\n");
    const auto t = target({{"port", "8"}}, {{"PGSERVICE", "me"}, {"PGSERVICEFILE", "/s"}, {"PGHOST", "e"}}, files);
    EXPECT_EQ(t.target.display(), "postgresql://postgres@h:8/postgres");
    EXPECT_EQ(t.target.parameters.at("sslmode"), "require");
}

TEST(Psql, WhatIsSetOnceConnected) {
    const Environment environment{
        {"PGOPTIONS", "-c role=app"}, {"PGTZ", "UTC"}, {"PGAPPNAME", "mine"}, {"PGCLIENTENCODING", "LATIN1"}, {"PGCONNECT_TIMEOUT", "1"}};
    const auto t = target({}, environment);
    EXPECT_THAT(t.settings, ElementsAre(Pair("timezone", "UTC"), Pair("role", "app")));
    EXPECT_EQ(t.application_name, "mine");
    EXPECT_EQ(t.client_encoding, "LATIN1");
    EXPECT_EQ(t.connect_timeout, std::chrono::seconds{2});
    EXPECT_FALSE(t.target.parameters.contains("options"));
}

TEST(Psql, OptionsAsTheServerReadsThem) {
    EXPECT_EQ(*parse_pgoptions("-c a=b  -cc=d --search-path=x,\\ y -c e=\\\\"),
              (Settings{{"a", "b"}, {"c", "d"}, {"search_path", "x, y"}, {"e", "\\"}}));
    EXPECT_TRUE(parse_pgoptions("")->empty());
    for (const char* wrong : {"-c", "-c a", "-d 5", "a=b", "-c =b"}) EXPECT_FALSE(parse_pgoptions(wrong)) << wrong;
}

TEST(Psql, APortIsANumber) {
    const auto out = psql_target(test::FakeFiles{}, {{"PGPORT", "x"}}, {});
    ASSERT_FALSE(out);
    EXPECT_THAT(out.error().message, testing::HasSubstr("environment PGPORT"));
}

}  // namespace
}  // namespace pgprimer::config
