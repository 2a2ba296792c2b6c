#include "pgprimer/base/async.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

namespace pgprimer {
namespace {

using namespace std::chrono_literals;

template <class T>
T run(Task<T> task) {
    boost::asio::io_context context(1);
    T result{};
    boost::asio::co_spawn(context, std::move(task), [&result](std::exception_ptr failure, T value) {
        if (failure) std::rethrow_exception(failure);
        result = value;
    });
    context.run();
    return result;
}

struct Pipe {
    Pipe() { EXPECT_EQ(::pipe(ends.data()), 0); }
    ~Pipe() {
        ::close(ends[0]);
        ::close(ends[1]);
    }
    std::array<int, 2> ends{};
};

TEST(Wait, SeesWhatCanBeReadAndLeavesTheDescriptorOpen) {
    Pipe pipe;
    ASSERT_EQ(::write(pipe.ends[1], "x", 1), 1);
    EXPECT_EQ(run(wait_readable(pipe.ends[0], Deadline::after(5s))), Waited::ready);
    EXPECT_EQ(run(wait_readable(pipe.ends[0], Deadline::after(5s))), Waited::ready);
    char c = 0;
    EXPECT_EQ(::read(pipe.ends[0], &c, 1), 1);
}

TEST(Wait, EndsAtItsDeadline) {
    Pipe pipe;
    EXPECT_EQ(run(wait_readable(pipe.ends[0], Deadline::after(5ms))), Waited::deadline);
}

TEST(Wait, EndsAtAStop) {
    Pipe pipe;
    Stop stop;
    const auto task = [&]() -> Task<Waited> {
        auto executor = co_await boost::asio::this_coro::executor;
        boost::asio::post(executor, [&stop] { stop.request(15); });
        co_return co_await wait_readable(pipe.ends[0], Deadline::never(&stop));
    };
    EXPECT_EQ(run(task()), Waited::stopped);
    EXPECT_EQ(run(wait_readable(pipe.ends[0], Deadline::never(&stop))), Waited::stopped);
    EXPECT_EQ(stop.signal(), 15);
}

TEST(Sleep, IsReadyAfterItsTimeAndNotAfterAnEarlierDeadline) {
    EXPECT_EQ(run(sleep_for(1ms, Deadline::after(5s))), Waited::ready);
    EXPECT_EQ(run(sleep_for(5s, Deadline::after(1ms))), Waited::deadline);
}

TEST(Signal, WakesEveryWaiter) {
    Signal signal;
    const auto task = [&]() -> Task<int> {
        int woken = 0;
        const auto one = [&]() -> Task<void> {
            if (co_await signal.wait(Deadline::after(5s)) == Waited::ready) ++woken;
        };
        const auto wake = [&]() -> Task<void> {
            co_await sleep_for(1ms, Deadline::never());
            signal.notify_all();
        };
        std::vector<Task<void>> tasks;
        tasks.push_back(one());
        tasks.push_back(one());
        tasks.push_back(wake());
        co_await when_all(std::move(tasks));
        co_return woken;
    };
    EXPECT_EQ(run(task()), 2);
}

TEST(Stop, CallsEachCallbackOnceEvenIfOneEndsAnother) {
    Stop stop;
    int calls = 0;
    std::optional<Stop::Registration> second;
    Stop::Registration first(stop, [&] {
        ++calls;
        second.reset();
    });
    second.emplace(stop, [&] { ++calls; });
    stop.request(2);
    stop.request(9);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(stop.signal(), 2);
    Stop::Registration late(stop, [&] { ++calls; });
    EXPECT_EQ(calls, 2);
}

TEST(Deadline, CleaningUpHasTwoSecondsAndAllOfItNoMoreAfterAStop) {
    const auto now = SteadyClock::now();
    const auto first = Deadline::never().cleanup();
    EXPECT_GE(first.at(), now + 2s);
    EXPECT_EQ(first.cleanup().at(), first.at());
    const auto shorter = first.within(1ms);
    EXPECT_EQ(shorter.cleanup().at(), shorter.at()) << "no further time";
    Stop stop;
    stop.request(15);
    run(sleep_for(5ms, Deadline::never()));
    const auto stopped = Deadline::never(&stop).cleanup();
    EXPECT_EQ(stopped.at(), stop.requested_at() + 2s);
    EXPECT_FALSE(stopped.stopped());
}

TEST(Deadline, NeverGrowsOnTheWayDown) {
    const auto outer = Deadline::after(10ms);
    EXPECT_EQ(outer.within(1h).at(), outer.at());
    EXPECT_LT(Deadline::never().within(1ms).at(), Deadline::after(1s).at());
    EXPECT_TRUE(Deadline::never().is_never());
}

}  // namespace
}  // namespace pgprimer
