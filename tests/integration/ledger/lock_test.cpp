#include <gtest/gtest.h>

#include "server.hpp"

namespace pgprimer::ledger {
namespace {

using namespace std::chrono_literals;

const OnLockWait nobody_waits = [](const std::string& text, SteadyClock::duration) { ADD_FAILURE() << "waited: " << text; };

Task<Result<void>> acquire(Lock& lock, const std::string& run, std::vector<std::string>& told, Deadline deadline) {
    const OnLockWait tell = [&told](const std::string& text, SteadyClock::duration) { told.push_back(text); };
    co_return co_await lock.acquire(run, tell, deadline);
}

Task<Lock> make_lock(Identity identity) {
    pg::Connection session = co_await connect();
    co_return Lock(std::move(session), identity, {});
}

Task<void> after(SteadyClock::duration pause, std::function<Task<void>()> act) {
    co_await sleep_for(pause, soon());
    co_await act();
}

TEST(Lock, TheSecondWaitsIsToldWhoHoldsItAndGetsItAfterwards) {
    const auto play = []() -> Task<void> {
        const Identity identity{"lock1", "p"};
        Lock first = co_await make_lock(identity), second = co_await make_lock(identity);
        EXPECT_TRUE(co_await first.acquire("r1", nobody_waits, soon()));
        std::vector<std::string> told;
        bool freed = false;
        const auto wait = [&]() -> Task<void> {
            const auto taken = co_await acquire(second, "r2", told, soon());
            EXPECT_TRUE(taken) << taken.error().message;
            EXPECT_TRUE(freed);
        };
        const auto let_go = [&]() -> Task<void> {
            freed = true;
            co_await first.release(soon());
        };
        std::vector<Task<void>> both;
        both.push_back(wait());
        both.push_back(after(300ms, let_go));
        co_await when_all(std::move(both));
        EXPECT_EQ(told.size(), 1U);
        EXPECT_THAT(told.at(0), HasSubstr("another run holds the lock: pid " + std::to_string(first.session().backend_pid()) +
                                          " from 127.0.0.1 (pgprimer), since 20"));
        EXPECT_THAT(told.at(0), HasSubstr(" (00:00:0"));
    };
    run_task(play());
}

TEST(Lock, ADeadlineIsErrorLockAndNamesTheHolder) {
    const auto play = []() -> Task<void> {
        const Identity identity{"lock2", "p"};
        Lock first = co_await make_lock(identity), second = co_await make_lock(identity);
        EXPECT_TRUE(co_await first.acquire("r1", nobody_waits, soon()));
        pg::Connection work = co_await connect();
        co_await ask(work, "SET application_name = '" + session_name(run_prefix(identity) + "12345678", "roles") + "'");
        std::vector<std::string> told;
        const auto began = SteadyClock::now();
        const auto taken = co_await acquire(second, "r2", told, Deadline::after(400ms));
        EXPECT_LT(SteadyClock::now() - began, 2s);
        EXPECT_FALSE(taken);
        EXPECT_EQ(taken.error().error, Error::lock);
        EXPECT_EQ(exit_status(taken.error()), 4);
        EXPECT_THAT(taken.error().detail, HasSubstr("pid " + std::to_string(first.session().backend_pid())));
        EXPECT_THAT(taken.error().detail, HasSubstr("at step roles"));
        EXPECT_THAT(taken.error().hint, HasSubstr("SELECT pg_terminate_backend(" + std::to_string(first.session().backend_pid()) + ")"));
        Stop stop;
        stop.request(15);
        const auto stopped = co_await acquire(second, "r2", told, Deadline::after(5s, &stop));
        EXPECT_EQ(stopped.error().error, Error::stopped);
    };
    run_task(play());
}

TEST(Lock, AnotherProjectOrLedgerIsAnotherLock) {
    const auto play = []() -> Task<void> {
        const Identity one{"lock3", "a"}, project{"lock3", "b"}, schema{"lock3b", "a"};
        Lock a = co_await make_lock(one), b = co_await make_lock(project), c = co_await make_lock(schema);
        EXPECT_TRUE(co_await a.acquire("r1", nobody_waits, soon()));
        EXPECT_TRUE(co_await b.acquire("r2", nobody_waits, soon()));
        EXPECT_TRUE(co_await c.acquire("r3", nobody_waits, soon()));
    };
    run_task(play());
}

TEST(Lock, ALostSessionFreesItAndEndsTheWatch) {
    const auto play = []() -> Task<void> {
        const Identity identity{"lock4", "p"};
        Lock first = co_await make_lock(identity), second = co_await make_lock(identity);
        EXPECT_TRUE(co_await first.acquire("r1", nobody_waits, soon()));
        pg::Connection boss = co_await connect();
        const auto watch = [&first]() -> Task<void> {
            const auto lost = co_await first.watch(soon());
            EXPECT_FALSE(lost);
            EXPECT_EQ(lost.error().error, Error::lost);
        };
        const auto kill = [&]() -> Task<void> {
            co_await ask(boss, "SELECT pg_terminate_backend(" + std::to_string(first.session().backend_pid()) + ")");
        };
        std::vector<Task<void>> both;
        both.push_back(watch());
        both.push_back(after(100ms, kill));
        co_await when_all(std::move(both));
        std::vector<std::string> told;
        const auto taken = co_await acquire(second, "r2", told, soon());
        EXPECT_TRUE(taken);
        co_await first.release(soon());  // of a lost session: nothing happens
    };
    run_task(play());
}

TEST(Lock, EachRunHasAnEpochOfItsOwn) {
    const auto play = []() -> Task<void> {
        const Identity identity{"lock5", "p"};
        pg::Connection c = co_await connect();
        EXPECT_TRUE(co_await create(c, identity, soon()));
        for (const std::int64_t expected : {1, 2, 3}) {
            Lock lock = co_await make_lock(identity);
            const std::string id = "r" + std::to_string(expected);
            std::vector<std::string> told;  // the session before may be closing
            EXPECT_TRUE(co_await acquire(lock, id, told, soon()));
            EXPECT_EQ(co_await ask(c, hold_sql(identity)), "f") << "the work key is held until the epoch is committed";
            const auto epoch = co_await lock.begin_epoch("contact" + std::to_string(expected), soon());
            EXPECT_EQ(epoch.value(), expected);
            EXPECT_EQ(co_await ask(c, hold_sql(identity)), "t");
            EXPECT_EQ(co_await ask(c, let_go_sql(identity)), "t");
            const ledger::Run now{id, expected, "h", "1"}, before{"r", expected - 1, "h", "1"};
            EXPECT_EQ(co_await ask(c, enter_sql(identity, now)), "");
            EXPECT_EQ(co_await ask(c, enter_sql(identity, before)), "PGP01 another run of pgprimer has taken over");
            const auto snapshot = co_await read(c, identity, Units::none, soon());
            EXPECT_EQ(snapshot->contact, "contact" + std::to_string(expected));
            EXPECT_EQ(snapshot->epoch, expected);
            co_await lock.release(soon());
        }
    };
    run_task(play());
}

// A killed client's backend works on: its run's key is free, its work is not over.
TEST(Lock, WaitsForTheWorkOfARunWhoseClientIsGone) {
    const auto play = []() -> Task<void> {
        const Identity identity{"lock6", "p"};
        pg::Connection c = co_await connect();
        co_await make_ledger(c, identity);
        co_await ask(c, "CREATE TABLE lock6.effect (a int)");
        auto gone = std::make_unique<pg::Connection>(co_await connect());
        const ledger::Run first{"r1", 1, "h", "1"};
        const auto record = a_record();
        EXPECT_TRUE(gone->send("BEGIN; " + claim_sql(identity, first, record, expects_nothing()) +
                               "; SELECT pg_sleep(1.5); INSERT INTO lock6.effect VALUES (1); COMMIT"));
        const auto working = co_await sleep_for(300ms, soon());
        EXPECT_EQ(working, Waited::ready);
        gone.reset();
        Lock lock = co_await make_lock(identity);
        const auto began = SteadyClock::now();
        std::vector<std::string> told;
        const auto taken = co_await acquire(lock, "r2", told, soon());
        EXPECT_TRUE(taken);
        EXPECT_GT(SteadyClock::now() - began, 800ms);
        EXPECT_EQ(told.size(), 1U);
        EXPECT_THAT(told.at(0), HasSubstr("an earlier run's work still goes on in the server: pid "));
        // Its end is known: row and effect are both there.
        EXPECT_EQ(co_await units(c, identity), "a.sql done c1 0");
        EXPECT_EQ(co_await ask(c, "SELECT count(*) FROM lock6.effect"), "1");
        const auto epoch = co_await lock.begin_epoch("x", soon());
        EXPECT_EQ(epoch.value(), 2);
        EXPECT_EQ(co_await ask(c, enter_sql(identity, first)), "PGP01 another run of pgprimer has taken over");
    };
    run_task(play());
}

TEST(Lock, WaitsForAnotherRunsHookByItsSessionsName) {
    const auto play = []() -> Task<void> {
        const Identity identity{"lock7", "p"};
        const std::string mine = run_prefix(identity) + "00000001", theirs = run_prefix(identity) + "00000002";
        auto hook = std::make_unique<pg::Connection>(co_await connect());
        pg::Connection own = co_await connect(), stranger = co_await connect();
        co_await ask(*hook, "SET application_name = '" + session_name(theirs, "hook") + "'");
        co_await ask(own, "SET application_name = '" + session_name(mine, "hook") + "'");
        co_await ask(stranger, "SET application_name = 'pgprimer:xxxx-1:hook'");
        {
            Lock lock = co_await make_lock(identity);
            std::vector<std::string> told;
            const auto late = co_await acquire(lock, mine, told, Deadline::after(300ms));
            EXPECT_EQ(late.error().error, Error::lock);
            EXPECT_THAT(late.error().detail, HasSubstr("(pgprimer:" + theirs + ":hook)"));
            EXPECT_THAT(told.at(0), HasSubstr("an earlier run, or its hook, still has a session: pid "));
        }
        hook.reset();
        Lock lock = co_await make_lock(identity);
        std::vector<std::string> told;
        const auto taken = co_await acquire(lock, mine, told, soon());
        EXPECT_TRUE(taken) << taken.error().detail;
    };
    run_task(play());
}

// Where the server is nearly full, a waiter is not what keeps the holder from its connections.
TEST(Lock, AWaiterOfAFullServerLeavesAndComesBack) {
    test::EphemeralServer own(test::EphemeralServer::Auth::trust, {"max_connections = 8", "superuser_reserved_connections = 3"});
    const auto play = [&own]() -> Task<void> {
        const Identity identity{"lock8", "p"};
        const Reopen reopen = [&own](Deadline until) -> Task<Result<pg::Connection>> { return pg::Connection::open(own.address(), until); };
        pg::Connection first_session = co_await connect(own.address()), second_session = co_await connect(own.address()),
                       other = co_await connect(own.address());
        const int before = second_session.backend_pid();
        Lock first(std::move(first_session), identity, reopen);
        Lock second(std::move(second_session), identity, reopen);
        EXPECT_TRUE(co_await first.acquire("r1", nobody_waits, soon()));
        std::vector<std::string> told;
        const auto wait = [&]() -> Task<void> {
            const auto taken = co_await acquire(second, "r2", told, soon());
            EXPECT_TRUE(taken) << taken.error().message;
        };
        const auto look = [&]() -> Task<void> {
            EXPECT_EQ(co_await ask(other, "SELECT count(*) FROM pg_stat_activity WHERE pid = " + std::to_string(before)), "0");
            co_await first.release(soon());
        };
        std::vector<Task<void>> both;
        both.push_back(wait());
        both.push_back(after(400ms, look));
        co_await when_all(std::move(both));
        EXPECT_NE(second.session().backend_pid(), before);
        // Away when its time is over: an error as any other, and nothing to release.
        pg::Connection third_session = co_await connect(own.address());
        Lock third(std::move(third_session), identity, reopen);
        const auto late = co_await acquire(third, "r3", told, Deadline::after(200ms));
        EXPECT_EQ(late.error().error, Error::lock);
        EXPECT_FALSE(third.session().alive());
        co_await third.release(soon());
    };
    run_task(play());
}

}  // namespace
}  // namespace pgprimer::ledger
