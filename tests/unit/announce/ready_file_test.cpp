#include "pgprimer/announce/ready_file.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "pgprimer/announce/health.hpp"
#include "support/run_task.hpp"
#include "support/temporary_folder.hpp"

namespace pgprimer::announce {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ReadyFileTest : public ::testing::Test {
protected:
    static event::Report report() {
        event::Report out;
        out.run.run = "r-1";
        out.finished = {0, {}, "plan \"1\"", true};
        return out;
    }
    static std::string content(const fs::path& path) {
        std::ostringstream out;
        out << std::ifstream(path).rdbuf();
        return out.str();
    }
    static std::size_t count(const fs::path& folder) {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
    }

    const test::TemporaryFolder temporary_;
    const fs::path folder_ = temporary_.path();
};

TEST_F(ReadyFileTest, IsThereAfterTheRunAndNamesIt) {
    ReadyFile file(folder_ / "ready");
    const auto said = report();
    ASSERT_TRUE(test::run_task(file.announce(said, {})));
    EXPECT_EQ(content(folder_ / "ready"), "{\"plan\":\"plan \\\"1\\\"\",\"run\":\"r-1\"}\n");
    EXPECT_EQ(boost::json::parse(content(folder_ / "ready")).at("plan").as_string(), "plan \"1\"");
    EXPECT_EQ(count(folder_), 1U);                         // nothing of its writing is left
    ASSERT_TRUE(test::run_task(file.announce(said, {})));  // over an older one
    EXPECT_EQ(count(folder_), 1U);
}

TEST_F(ReadyFileTest, GoesAtTheStartOfARun) {
    ReadyFile file(folder_ / "ready");
    ASSERT_TRUE(test::run_task(file.retract({})));  // not there: nothing to do
    const auto said = report();
    ASSERT_TRUE(test::run_task(file.announce(said, {})));
    ASSERT_TRUE(test::run_task(file.retract({})));
    EXPECT_FALSE(fs::exists(folder_ / "ready"));
}

TEST_F(ReadyFileTest, WhatCannotBeWrittenOrRemovedIsAFailureThatSaysSo) {
    const auto said = report();
    ReadyFile nowhere(folder_ / "none" / "ready");
    const auto written = test::run_task(nowhere.announce(said, {}));
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().error, Error::failed);
    EXPECT_THAT(written.error().message, StartsWith("the plan is done, but the ready file could not be written: "));
    EXPECT_THAT(to_text(written.error()), HasSubstr((folder_ / "none").string()));
    EXPECT_FALSE(written.error().hint.empty());
    fs::create_directories(folder_ / "taken" / "x");
    ReadyFile taken(folder_ / "taken");
    const auto removed = test::run_task(taken.retract({}));
    ASSERT_FALSE(removed);
    EXPECT_THAT(removed.error().message, StartsWith("the ready file of an earlier run has to go first: "));
}

// As another user, where we may: root's mark in /dev/shm may be a real run's.
class HealthTest : public ::testing::Test {
protected:
    void SetUp() override { changed_ = ::geteuid() == 0 && ::seteuid(65531) == 0; }
    void TearDown() override {
        if (changed_ && ::seteuid(0) != 0) FAIL();
    }
    bool changed_ = false;
};

TEST_F(HealthTest, IsOfThisContainersRun) {
    const event::Report said;
    Health health;
    ASSERT_TRUE(test::run_task(health.retract({})));
    EXPECT_FALSE(is_primed());
    ASSERT_TRUE(test::run_task(health.announce(said, {})));
    EXPECT_TRUE(is_primed());
    ASSERT_TRUE(test::run_task(health.retract({})));
    EXPECT_FALSE(is_primed());
}

TEST_F(HealthTest, AnOlderContainersMarkIsNone) {
    const fs::path mark = "/dev/shm/pgprimer-health-" + std::to_string(::geteuid());
    std::ofstream(mark) << "pid:[1]";
    EXPECT_FALSE(is_primed());
    Health health;
    ASSERT_TRUE(test::run_task(health.retract({})));
    EXPECT_FALSE(fs::exists(mark));
}

}  // namespace
}  // namespace pgprimer::announce
