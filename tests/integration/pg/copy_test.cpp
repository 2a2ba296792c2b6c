#include <gtest/gtest.h>

#include <fstream>

#include "server.hpp"

namespace pgprimer::pg {
namespace {

using namespace std::chrono_literals;

// A sanitizer keeps what is freed for a while.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr long most_kilobytes = 1'000'000;
#else
constexpr long most_kilobytes = 20'000;
#endif

long peak_kilobytes() {
    std::ifstream status("/proc/self/status");
    std::string line;
    while (std::getline(status, line)) {
        if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
    }
    return 0;
}

Task<Reply::Kind> next(Connection& c) {
    auto reply = co_await c.next_result(soon());
    co_return reply.value().kind;
}

// Table t is there and waits for data; `then` follows the COPY.
Task<void> begin_copy(Connection& c, std::string type, std::string then = "") {
    EXPECT_TRUE(c.send("CREATE TEMP TABLE t (a " + type + "); COPY t FROM STDIN" + then).has_value());
    EXPECT_EQ(co_await next(c), Reply::Kind::rows);
    EXPECT_EQ(co_await next(c), Reply::Kind::copy_in);
}

TEST(Copy, streams_in_and_out_in_bounded_memory) {
    const auto play = []() -> Task<void> {
        Connection c = co_await connect(server().address());
        [[maybe_unused]] const auto made = co_await c.query("CREATE TEMP TABLE t (a text)", soon());
        const long before = peak_kilobytes();
        EXPECT_TRUE(c.send("COPY t FROM STDIN").has_value());
        EXPECT_EQ(co_await next(c), Reply::Kind::copy_in);
        std::string piece;
        while (piece.size() < 1'000'000) piece += std::string(99, 'x') + "\n";
        for (int i = 0; i < 64; ++i) { EXPECT_TRUE((co_await c.put_copy(piece, soon())).has_value()); }
        EXPECT_TRUE((co_await c.end_copy(std::nullopt, soon())).has_value());
        auto reply = (co_await c.next_result(soon())).value();
        EXPECT_EQ(reply.kind, Reply::Kind::rows);
        EXPECT_EQ(reply.rows.command_tag(), "COPY 640000");
        EXPECT_EQ(co_await next(c), Reply::Kind::done);

        EXPECT_TRUE(c.send("COPY t TO STDOUT").has_value());
        EXPECT_EQ(co_await next(c), Reply::Kind::copy_out);
        std::size_t bytes = 0;
        while (true) {
            const auto got = (co_await c.get_copy(soon())).value();
            if (!got) break;
            bytes += got->size();
        }
        EXPECT_EQ(bytes, 64'000'000U);
        EXPECT_EQ(co_await next(c), Reply::Kind::rows);
        EXPECT_EQ(co_await next(c), Reply::Kind::done);
        EXPECT_LT(peak_kilobytes() - before, most_kilobytes);
    };
    run_task(play());
}

TEST(Copy, takes_an_empty_stream) {
    const auto play = []() -> Task<void> {
        Connection c = co_await connect(server().address());
        co_await begin_copy(c, "int", "; SELECT count(*) FROM t");
        EXPECT_TRUE((co_await c.end_copy(std::nullopt, soon())).has_value());
        EXPECT_EQ(co_await next(c), Reply::Kind::rows);
        auto last = (co_await c.next_result(soon())).value();
        EXPECT_EQ(last.rows.at(0, 0), "0");
        EXPECT_EQ(co_await next(c), Reply::Kind::done);
    };
    run_task(play());
}

TEST(Copy, tells_of_bad_data_with_the_line) {
    const auto play = []() -> Task<void> {
        Connection c = co_await connect(server().address());
        co_await begin_copy(c, "int");
        // More than the socket's buffers hold, so that the error comes while there is more to send.
        const std::string pieces(4'000'000, '\n');
        EXPECT_TRUE((co_await c.put_copy("1\nx\n", soon())).has_value());
        EXPECT_TRUE((co_await c.put_copy(pieces, soon())).has_value());
        EXPECT_TRUE((co_await c.end_copy(std::nullopt, soon())).has_value());
        auto reply = (co_await c.next_result(soon())).value();
        EXPECT_EQ(reply.kind, Reply::Kind::error);
        EXPECT_EQ(reply.error.sqlstate, "22P02");
        EXPECT_THAT(reply.error.context, HasSubstr("line 2"));
        EXPECT_EQ(co_await next(c), Reply::Kind::done);
        EXPECT_EQ(co_await ask(c, "SELECT 3"), "3");
    };
    run_task(play());
}

TEST(Copy, is_failed_with_our_reason) {
    const auto play = []() -> Task<void> {
        Connection c = co_await connect(server().address());
        co_await begin_copy(c, "int");
        EXPECT_TRUE((co_await c.put_copy("1\n", soon())).has_value());
        EXPECT_TRUE((co_await c.end_copy("the file ends early", soon())).has_value());
        auto reply = (co_await c.next_result(soon())).value();
        EXPECT_EQ(reply.error.sqlstate, "57014");
        EXPECT_THAT(reply.error.message, HasSubstr("the file ends early"));
        EXPECT_EQ(co_await next(c), Reply::Kind::done);
    };
    run_task(play());
}

TEST(Copy, out_that_fails_midway_is_an_error_after_its_rows) {
    const auto play = []() -> Task<void> {
        Connection c = co_await connect(server().address());
        EXPECT_TRUE(c.send("COPY (SELECT 100 / (50 - a) FROM generate_series(1, 100) a) TO STDOUT").has_value());
        EXPECT_EQ(co_await next(c), Reply::Kind::copy_out);
        int rows = 0;
        while ((co_await c.get_copy(soon())).value()) ++rows;
        EXPECT_EQ(rows, 49);
        auto reply = (co_await c.next_result(soon())).value();
        EXPECT_EQ(reply.error.sqlstate, "22012");
        EXPECT_EQ(co_await next(c), Reply::Kind::done);
    };
    run_task(play());
}

TEST(Copy, in_at_its_deadline_is_failed_and_the_session_lives_on) {
    const auto play = []() -> Task<void> {
        Connection c = co_await connect(server().address());
        Connection other = co_await connect(server().address());
        [[maybe_unused]] const auto made = co_await c.query("DROP TABLE IF EXISTS copied; CREATE TABLE copied (a text)", soon());
        [[maybe_unused]] const auto locked = co_await other.query("BEGIN; LOCK TABLE copied IN SHARE MODE", soon());
        // The server waits for the lock before it asks for data.
        EXPECT_TRUE(c.send("COPY copied FROM STDIN").has_value());
        const Watch watch;
        EXPECT_EQ((co_await c.next_result(Deadline::after(100ms))).error().error, Error::timeout);
        EXPECT_LT(watch.elapsed(), 1500ms);
        EXPECT_EQ(co_await ask(c, "SELECT 3"), "3");
        [[maybe_unused]] const auto dropped = co_await other.query("DROP TABLE copied; COMMIT", soon());
    };
    run_task(play());
}

TEST(Copy, out_at_its_deadline_is_cancelled_and_the_session_lives_on) {
    const auto play = []() -> Task<void> {
        Connection c = co_await connect(server().address());
        EXPECT_TRUE(
            c.send("COPY (SELECT a, pg_sleep(CASE WHEN a = 1000 THEN 20 ELSE 0 END) FROM generate_series(1, 100000) a) TO STDOUT").has_value());
        EXPECT_EQ(co_await next(c), Reply::Kind::copy_out);
        const Deadline end = Deadline::after(200ms);
        const Watch watch;
        while (true) {
            const auto got = co_await c.get_copy(end);
            if (got.has_value()) continue;
            EXPECT_EQ(got.error().error, Error::timeout);
            break;
        }
        EXPECT_LT(watch.elapsed(), 1500ms);
        EXPECT_TRUE(c.alive());
        if (!c.alive()) co_return;
        EXPECT_EQ(co_await ask(c, "SELECT 3"), "3");
    };
    run_task(play());
}

TEST(Copy, in_to_a_stalled_server_ends_at_the_deadline) {
    FaultProxy proxy("127.0.0.1", server().port());
    const auto play = [&proxy]() -> Task<void> {
        Connection c = co_await connect(through(proxy));
        co_await begin_copy(c, "text");
        Faults faults;
        faults.stall = Faults::Point{Side::client, Unit::messages, 0};
        proxy.set(faults);
        const std::string much(64'000'000, 'x');  // more than all buffers on the way
        const Watch watch;
        EXPECT_EQ((co_await c.put_copy(much, Deadline::after(200ms))).error().error, Error::timeout);
        EXPECT_LT(watch.elapsed(), 3s);
        EXPECT_FALSE(c.alive());
    };
    run_task(play());
}

}  // namespace
}  // namespace pgprimer::pg
