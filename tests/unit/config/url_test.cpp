#include "told.hpp"

namespace pgprimer::config {
namespace {

std::string parsed(const char* url) { return told(parse_url(url, "here")); }

TEST(Url, IsReadAsApplicationsWriteIt) {
    const struct {
        const char* url;
        const char* result;
    } cases[] = {
        {"postgresql://app:pw@db:5433/shop", "app:pw@db:5433/shop"},
        {"postgres://app:pw@db/shop", "app:pw@db:/shop"},
        {"postgis://app@db/shop", "app@db:/shop"},
        {"psql://app@db/shop", "app@db:/shop"},
        {"pgsql://app@db/shop", "app@db:/shop"},
        {"PostgreSQL://app@db/shop", "app@db:/shop"},
        {"postgresql+psycopg://app:pw@db/shop", "app:pw@db:/shop"},
        {"postgresql+asyncpg://app:pw@db/shop", "app:pw@db:/shop"},
        {"jdbc:postgresql://db:5433/shop?user=app&password=pw", "app:pw@db:5433/shop"},
        {"jdbc:postgresql:shop", "@:/shop"},
        {" postgresql://db/shop\n", "@db:/shop"},
        {"postgresql://", "@:/"},
        {"postgresql:///shop", "@:/shop"},
        {"postgresql://app@", "app@:/"},
        {"postgresql://app@/shop", "app@:/shop"},
        {"postgresql://app:@db/shop", "app:@db:/shop"},
        {"postgresql://db", "@db:/"},
        {"postgresql://db:5433", "@db:5433/"},
        {"postgresql://app%40corp:p%40%2F%23%3F@db/my%20shop", "app@corp:p@/#?@db:/my shop"},
    };
    for (const auto& c : cases) EXPECT_EQ(parsed(c.url), c.result) << c.url;
}

TEST(Url, PasswordsThatAreNotEncodedAreReadFromTheRight) {
    const struct {
        const char* url;
        const char* password;
    } cases[] = {
        {"postgresql://u:p@ss@h/d", "p@ss"},
        {"postgresql://u:p/ss@h/d", "p/ss"},
        {"postgresql://u:p#ss@h/d", "p#ss"},
        {"postgresql://u:p?ss@h/d", "p?ss"},
        {"postgresql://u:p@ss/w#rd@h/d", "p@ss/w#rd"},
        {"postgresql://u:p:ss@h/d", "p:ss"},
        {"postgresql://u:100%@h/d", "100%"},
        {"postgresql://u:%zz@h/d", "%zz"},
        {"postgresql://u:%4@h/d", "%4"},
        {"postgresql://u:a%00b@h/d", "a%00b"},
        {"postgresql://u:@@h/d", "@"},
        {"postgresql://u:p ss@h/d", "p ss"},
        {"postgresql://u:p&a=b@h/d?sslmode=require", "p&a=b"},
        {"postgresql://u:p\"'\\@h:5432/d", "p\"'\\"},
    };
    for (const auto& c : cases) {
        const auto target = parse_url(c.url, "here");
        ASSERT_TRUE(target) << c.url;
        EXPECT_EQ(target->password.value.reveal(), c.password) << c.url;
        EXPECT_EQ(target->user.value, "u") << c.url;
        EXPECT_THAT(target->hosts.value, ElementsAre("h")) << c.url;
        EXPECT_EQ(target->dbname.value, "d") << c.url;
    }
}

TEST(Url, WhatCannotBeReadIsRefusedWithoutAnyPartOfIt) {
    const struct {
        const char* url;
        const char* message;
    } cases[] = {
        {"postgresql://u:hunter/x#y", "the database URL has a port that is no number"},
        {"postgresql://u:hunter#x/d/e", "the database URL cannot be read"},
        {"postgresql://hunter#2", "the database URL cannot be read"},
        {"postgresql://u:hunter2@h:hunter3/d", "the database URL has a port that is no number"},
        {"postgresql://u:123456/d", "the database URL has a port that is not from 1 to 65535"},
        {"hunter2", "the database URL is no URL: it has no scheme://"},
        {"u:hunter2@h/d", "the database URL is no URL: it has no scheme://"},
        {"hunter2@x://h/d", "the database URL has a scheme that is not PostgreSQL's"},
        {"postgresql://u:hunter2@h/d?port=1x", "the database URL has port 1x, which is not from 1 to 65535"},
        {"postgresql://u:hunter2@h/d?sslmode=on", "the database URL has sslmode \"on\""},
    };
    for (const auto& c : cases) {
        const auto target = parse_url(c.url, "here");
        ASSERT_FALSE(target) << c.url << " " << told(*target);
        EXPECT_EQ(target.error().message, c.message) << c.url;
        EXPECT_EQ(target.error().error, Error::config);
        EXPECT_FALSE(target.error().hint.empty()) << c.url;
        EXPECT_THAT(to_text(target.error()) + to_json(target.error()), Not(HasSubstr("hunter"))) << c.url;
        EXPECT_THAT(to_text(target.error()), Not(HasSubstr("123456"))) << c.url;
    }
}

TEST(Url, OtherSchemesAreNamed) {
    EXPECT_EQ(parsed("mysql://u:p@h/d"), "error the database URL has a scheme that is not PostgreSQL's: mysql");
    EXPECT_EQ(parsed("mysql+pymysql://u:p@h/d"), "error the database URL has a scheme that is not PostgreSQL's: mysql");
    EXPECT_EQ(parsed("jdbc:oracle://h/d"), "error the database URL has a scheme that is not PostgreSQL's: oracle");
}

TEST(Url, HostsPortsAndSockets) {
    const struct {
        const char* url;
        const char* result;
    } cases[] = {
        {"postgresql://u@[::1]/d", "u@::1:/d"},
        {"postgresql://u@[::1]:5433/d", "u@::1:5433/d"},
        {"postgresql://u@[fe80::1%25eth0]:5433/d", "u@fe80::1%eth0:5433/d"},
        {"postgresql://u@[::1/d", "error the database URL has an IPv6 address without its \"]\""},
        {"postgresql://u@[::1]x/d", "error the database URL has something else than a port behind \"]\""},
        {"postgresql://u@a:1,b:2,c/d", "u@a,b,c:1,2,5432/d"},
        {"postgresql://u@a,b/d", "u@a,b:/d"},
        {"postgresql://u@[::1]:1,b:2/d", "u@::1,b:1,2/d"},
        {"postgresql://u@%2Fvar%2Frun%2Fpostgresql/d", "u@/var/run/postgresql:/d"},
        {"postgresql://u@%2Fvar%2Frun:5433/d", "u@/var/run:5433/d"},
        {"postgresql:///d?host=/var/run/postgresql&user=u", "u@/var/run/postgresql:/d"},
        {"postgresql:///d?host=a,b&port=1,2", "@a,b:1,2/d"},
        {"postgresql://u@:5433/d", "u@:5433/d"},
        {"postgresql://u@h:/d", "u@h:/d"},
        {"postgresql://u@h:1/d", "u@h:1/d"},
        {"postgresql://u@h:65535/d", "u@h:65535/d"},
        {"postgresql://u@h:0/d", "error the database URL has port 0, which is not from 1 to 65535"},
        {"postgresql://u@h:65536/d", "error the database URL has port 65536, which is not from 1 to 65535"},
        {"postgresql://u@h:99999999999999999999/d", "error the database URL has port 99999999999999999999, which is not from 1 to 65535"},
        {"postgresql://u@h/d?port=0", "error the database URL has port 0, which is not from 1 to 65535"},
    };
    for (const auto& c : cases) EXPECT_EQ(parsed(c.url), c.result) << c.url;
}

TEST(Url, Parameters) {
    const std::string dropped = "the database URL's parameters ";
    const std::string options = "the database URL's options are not used, but for search_path: set them in the step or with ALTER ROLE";
    const struct {
        const char* url;
        std::string result;
    } cases[] = {
        {"postgresql://u@h/d?sslmode=verify-full&sslrootcert=/ca.pem", "u@h:/d sslmode=verify-full sslrootcert=/ca.pem"},
        {"postgresql://u@h/d?schema=app", "u@h:/d path=app"},
        {"postgresql://u@h/d?currentSchema=app,public", "u@h:/d path=app,public"},
        {"postgresql://u@h/d?currentSchema=app,%20public,", "u@h:/d path=app,public"},
        {"postgresql://u@h/d?schema=", "u@h:/d"},
        {"postgresql://u@h/d?search_path=a", "u@h:/d path=a"},
        {"postgresql://u@h/d?options=-c%20search_path%3Dapp%2Cpublic", "u@h:/d path=app,public"},
        {"postgresql://u@h/d?options=-c%20geqo%3Doff", "u@h:/d (" + options + ")"},
        {"postgresql://u@h/d?options=-c%20search_path%3Dapp%20-c%20geqo%3Doff", "u@h:/d path=app (" + options + ")"},
        {"postgresql://u@h/d?ssl=true", "u@h:/d sslmode=require"},
        {"postgresql://u@h/d?ssl=false", "u@h:/d"},
        {"postgresql://u@h/d?sslmode=no-verify", "u@h:/d sslmode=require"},
        {"postgresql://u@h/d?connect_timeout=3&application_name=x&client_encoding=utf8", "u@h:/d"},
        {"postgresql://u@h/d?connection_limit=5&pgbouncer=true&sslmode=disable",
         "u@h:/d sslmode=disable (" + dropped + "connection_limit, pgbouncer are unknown to PostgreSQL and not used)"},
        {"postgresql://u@h/d?", "u@h:/d"},
        {"postgresql://u@h/d?&&sslmode=prefer&", "u@h:/d sslmode=prefer"},
        {"postgresql://h/d?user=foo@server&password=p@w", "foo@server:p@w@h:/d"},
    };
    for (const auto& c : cases) EXPECT_EQ(parsed(c.url), c.result) << c.url;
}

TEST(Url, EachPartSaysItsSource) {
    const auto t = parse_url("postgresql://app:pw@db:5433/shop", "environment X");
    ASSERT_TRUE(t);
    EXPECT_EQ(t->user.source, "environment X");
    EXPECT_EQ(t->password.source, "environment X");
    EXPECT_EQ(t->hosts.source, "environment X");
    EXPECT_EQ(t->ports.source, "environment X");
    EXPECT_EQ(t->dbname.source, "environment X");
    const auto open = parse_url("postgresql://", "environment X");
    ASSERT_TRUE(open);
    EXPECT_EQ(open->user.source + open->password.source + open->hosts.source + open->ports.source + open->dbname.source, "");
}

}  // namespace
}  // namespace pgprimer::config
