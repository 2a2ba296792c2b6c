#include "pgprimer/steps/lock_wait.hpp"

#include <gtest/gtest.h>

namespace pgprimer::steps {
namespace {

config::Step migrations(std::optional<config::Milliseconds> limit = {}) {
    config::Step step;
    step.kind = config::Migrations{};
    step.lock_timeout = limit;
    return step;
}

Diagnostic failure(const char* state, Error error = Error::failed) {
    Diagnostic why(error, "x");
    why.sqlstate = state;
    return why;
}

TEST(LockWait, WhatIsWorthAnotherTry) {
    config::Step script{};
    EXPECT_FALSE(is_lock_failure(failure("55P03"), script));
    script.lock_timeout = config::Milliseconds{100};
    EXPECT_TRUE(is_lock_failure(failure("55P03"), script));
    EXPECT_TRUE(is_lock_failure(failure("55P03"), migrations()));
    EXPECT_FALSE(is_lock_failure(failure("57014"), migrations()));
    EXPECT_FALSE(is_lock_failure(failure("55P03", Error::lost), migrations()));
}

TEST(LockWait, PausesGrowToTheLimitAndEnd) {
    for (const auto limit : {config::Milliseconds{300}, config::Milliseconds{5'000}, config::Milliseconds{0}, config::Milliseconds{3'600'000}}) {
        LockTries tries(migrations(limit));
        const auto longest = limit.count() > 0 ? std::min(limit, config::Milliseconds{5'000}) : config::Milliseconds{5'000};
        std::vector<SteadyClock::duration> pauses;
        while (const auto pause = tries.next()) pauses.push_back(*pause);
        ASSERT_EQ(pauses.size(), static_cast<std::size_t>(LockTries::most - 1));
        for (const auto pause : pauses) EXPECT_TRUE(pause >= std::chrono::milliseconds{75} && pause <= longest * 5 / 4);
        EXPECT_LT(pauses.front(), std::chrono::milliseconds{130});
        EXPECT_GE(pauses.back(), longest * 3 / 4);
        EXPECT_FALSE(tries.next());
    }
}

}  // namespace
}  // namespace pgprimer::steps
