#include "pgprimer/base/parallel.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace pgprimer {
namespace {

TEST(InParts, TakesEachOnce) {
    for (const std::size_t count : {0U, 1U, 2U, 3U, 7U, 1000U}) {
        for (const std::size_t least : {0U, 1000U, 5000U}) {
            std::vector<int> taken(count);
            std::atomic<int> parts = 0;
            const auto done = in_parts(count, least, [&](std::size_t at, std::size_t end) -> Result<void> {
                ++parts;
                for (; at < end; ++at) ++taken[at];
                return {};
            });
            EXPECT_TRUE(done);
            EXPECT_EQ(taken, std::vector<int>(count, 1));
            if (count < least) { EXPECT_EQ(parts, 1) << count << " of " << least; }
        }
    }
}

TEST(InParts, FailAsTheFirstThatFails) {
    const auto done = in_parts(1000, 0, [](std::size_t at, std::size_t end) -> Result<void> {
        for (; at < end; ++at) {
            if (at >= 17) return Diagnostic(Error::failed, std::to_string(at));
        }
        return {};
    });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().message, "17");
}

TEST(InParts, ThrowWhatAPartThrows) {
    const auto work = [](std::size_t, std::size_t end) -> Result<void> {
        if (end == 1000) throw std::runtime_error("the last");
        return {};
    };
    EXPECT_THROW((void)in_parts(1000, 0, work), std::runtime_error);
}

TEST(QuietThread, GetsNoSignals) {
    sigset_t blocked;
    sigemptyset(&blocked);
    auto thread = quiet_thread([&blocked] { pthread_sigmask(SIG_SETMASK, nullptr, &blocked); });
    ASSERT_TRUE(thread);
    thread->join();
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) EXPECT_EQ(sigismember(&blocked, signal), 1) << signal;
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    EXPECT_EQ(sigismember(&blocked, SIGTERM), 0);
}

}  // namespace
}  // namespace pgprimer
