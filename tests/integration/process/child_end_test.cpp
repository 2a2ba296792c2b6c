#include <csignal>

#include "playing.hpp"

namespace pgprimer::process {
namespace {

TEST_F(Child, at_the_deadline_it_is_asked_to_end_and_may_say_a_last_word) {
    Output output;
    const auto since = SteadyClock::now();
    auto ended = play(sh("trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done"), output, Deadline::after(300ms), 10s);
    ASSERT_TRUE(ended.has_error());
    EXPECT_EQ(ended.error().error, Error::timeout);
    EXPECT_THAT(output.out, ElementsAre("ready", "bye"));
    EXPECT_LT(SteadyClock::now() - since, 5s);
}

TEST_F(Child, one_that_ignores_sigterm_is_killed_after_the_grace) {
    Output output;
    const auto since = SteadyClock::now();
    auto ended = play(sh("trap '' TERM; echo $$; while :; do sleep 0.05; done"), output, Deadline::after(300ms), 400ms);
    const auto took = SteadyClock::now() - since;
    ASSERT_TRUE(ended.has_error());
    EXPECT_EQ(ended.error().error, Error::timeout);
    EXPECT_GE(took, 700ms);
    EXPECT_LT(took, 5s);
    ASSERT_EQ(output.out.size(), 1U);
    EXPECT_FALSE(alive(output.out[0]));
}

TEST_F(Child, a_grandchild_that_ignores_sigterm_is_killed_too) {
    Output output;
    auto ended = play(sh("(trap '' TERM; sh -c 'echo $PPID'; while :; do sleep 0.05; done) & wait"), output, Deadline::after(300ms), 300ms);
    ASSERT_TRUE(ended.has_error());
    ASSERT_EQ(output.out.size(), 1U);
    EXPECT_FALSE(alive(output.out[0]));
}

TEST_F(Child, a_grandchild_has_the_grace_that_the_child_did_not_need) {
    Output output;
    auto ended = play(sh("sh -c 'trap \"sleep 0.2; echo tidy; exit\" TERM; echo up; while :; do sleep 0.05; done' & wait"), output,
                      Deadline::after(300ms), 5s);
    ASSERT_TRUE(ended.has_error());
    EXPECT_THAT(output.out, ElementsAre("up", "tidy"));
}

Task<Result<Exit>> stopped_soon(Command command, OnLine sink, Stop* stop) {
    auto executor = co_await boost::asio::this_coro::executor;
    auto timer = std::make_shared<boost::asio::steady_timer>(executor, 200ms);
    timer->async_wait([timer, stop](const boost::system::error_code&) { stop->request(SIGTERM); });
    co_return co_await run(std::move(command), std::move(sink), Deadline::never(stop));
}

TEST_F(Child, a_stop_ends_it) {
    Stop stop;
    Output output;
    auto ended = test::run_task(stopped_soon(sh("echo $$; sleep 30"), output.sink(), &stop));
    ASSERT_TRUE(ended.has_error());
    EXPECT_EQ(ended.error().error, Error::stopped);
    EXPECT_EQ(ended.error().signal, SIGTERM);
    ASSERT_EQ(output.out.size(), 1U);
    EXPECT_FALSE(alive(output.out[0]));
}

TEST_F(Child, a_stop_that_was_made_starts_nothing) {
    Stop stop;
    stop.request(SIGINT);
    Output output;
    auto ended = play(sh("echo started"), output, Deadline::never(&stop));
    ASSERT_TRUE(ended.has_error());
    EXPECT_EQ(ended.error().error, Error::stopped);
    EXPECT_THAT(output.out, IsEmpty());
}

TEST_F(Child, endless_output_does_not_outlast_the_deadline) {
    const auto since = SteadyClock::now();
    OnLine sink = [](Stream, std::string_view, bool) {};
    auto ended = test::run_task(run(sh("exec yes"), sink, Deadline::after(300ms)));
    ASSERT_TRUE(ended.has_error());
    EXPECT_EQ(ended.error().error, Error::timeout);
    EXPECT_LT(SteadyClock::now() - since, 5s);
}

TEST_F(Child, a_grandchild_that_holds_the_pipes_delays_by_a_second_only) {
    Output output;
    const auto since = SteadyClock::now();
    auto ended = play(sh("sleep 4 & echo done; exit 5"), output);
    const auto took = SteadyClock::now() - since;
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->status, 5);
    EXPECT_THAT(output.out, ElementsAre("done"));
    EXPECT_GE(took, 900ms);
    EXPECT_LT(took, 3s);
}

}  // namespace
}  // namespace pgprimer::process
