#include "pgprimer/ledger/lock.hpp"

#include <algorithm>
#include <charconv>
#include <random>

#include "pgprimer/base/text.hpp"
#include "pgprimer/ledger/schema.hpp"

namespace pgprimer::ledger {
namespace {

constexpr auto first_pause = std::chrono::milliseconds{10};
constexpr auto longest_pause = std::chrono::milliseconds{200};
constexpr auto say_every = std::chrono::seconds{10};
constexpr int connections_of_a_run = 4;

// Says `text()` at first and then every 10 s of one wait.
struct Teller {
    OnLockWait on_wait;
    SteadyClock::time_point since = SteadyClock::now();
    SteadyClock::time_point next = since;

    [[nodiscard]] bool due() const { return SteadyClock::now() >= next; }
    void tell(const std::string& text) {
        next = SteadyClock::now() + say_every;
        on_wait(text, SteadyClock::now() - since);
    }
};

// The command that ends the first of the sessions that a text names: "pid 17 ...".
std::string ending(std::string_view named) {
    const std::string_view pid = named.substr(0, 4) == "pid " ? named.substr(4, named.find_first_not_of("0123456789", 4) - 4) : "pid";
    return "SELECT pg_terminate_backend(" + std::string(pid) + ")";
}

}  // namespace

Lock::Lock(pg::Connection session, Identity identity, Reopen reopen)
    : session_(std::move(session)), identity_(std::move(identity)), reopen_(std::move(reopen)) {}

Task<Result<bool>> Lock::try_key(std::int64_t key, Deadline deadline) {
    std::string sql = "SELECT pg_catalog.pg_try_advisory_lock(" + std::to_string(key) + ")";
    PGPRIMER_CO_TRY(const pg::Rows rows, co_await session_.query(std::move(sql), deadline));
    co_return rows.at(0, 0) == "t";
}

// The lock's session is idle from then on; what works has its key since its transaction began.
Task<Result<std::string>> Lock::holders(std::int64_t key, Deadline deadline) {
    const auto bits = static_cast<std::uint64_t>(key);
    std::string sql =
        "SELECT string_agg('pid ' || l.pid || coalesce(' from ' || host(a.client_addr), '') || coalesce(' (' || nullif(a.application_name, '') || ')', '')"
        " || coalesce(', since ' || date_trunc('second', coalesce(a.xact_start, a.state_change))::text || ' (' ||"
        " date_trunc('second', now() - coalesce(a.xact_start, a.state_change))::text || ' ago)', '') || coalesce(', last seen at step ' || (SELECT split_part(w.application_name, ':', 3)"
        " FROM pg_catalog.pg_stat_activity w WHERE w.application_name LIKE " +
        quote_literal("pgprimer:" + run_prefix(identity_) + "%") +
        " AND w.datname = current_database() ORDER BY w.backend_start DESC LIMIT 1), ''), '; ')"
        " FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1"
        " AND l.classid::bigint = " +
        std::to_string(bits >> 32U) + " AND l.objid::bigint = " + std::to_string(bits & 0xFFFFFFFFU) +
        " AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) AND l.pid <> pg_backend_pid()";
    PGPRIMER_CO_TRY(const pg::Rows rows, co_await session_.query(std::move(sql), deadline));
    co_return std::string(rows.at(0, 0));
}

// Other sessions count whatever of them our role may see.
Task<Result<bool>> Lock::is_crowded(Deadline deadline) {
    const std::string sql =
        "SELECT (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE datid IS NOT NULL) + " + std::to_string(connections_of_a_run) +
        " > pg_catalog.current_setting('max_connections')::int - pg_catalog.current_setting('superuser_reserved_connections')::int";
    PGPRIMER_CO_TRY(const pg::Rows rows, co_await session_.query(sql, deadline));
    co_return rows.at(0, 0) == "t";
}

Task<Result<void>> Lock::give_way(Deadline deadline) {
    static std::minstd_rand random(std::random_device{}());
    { [[maybe_unused]] const pg::Connection closed = std::move(session_); }
    const std::chrono::milliseconds away{std::uniform_int_distribution<int>(500, 1500)(random)};
    const auto waited = co_await sleep_for(away, deadline);
    if (waited != Waited::ready) co_return not_ready(waited, deadline, "");
    PGPRIMER_CO_TRY(session_, co_await reopen_(deadline));
    co_return Result<void>{};
}

Task<Result<void>> Lock::poll_key(std::int64_t key, const char* what, bool gives_way, OnLockWait on_wait, Deadline deadline) {
    Teller teller{std::move(on_wait)};
    auto pause = std::chrono::milliseconds{first_pause};
    auto look_again = SteadyClock::now();
    std::string last_seen;
    const auto late = [&what, &last_seen] {
        return Diagnostic(Error::lock, std::string("the lock was not had in time: ") + what)
            .with_detail(last_seen)
            .with_hint("worth a retry; [lock] wait says how long to wait. Where the holder is dead or stuck, end its session: " + ending(last_seen));
    };
    while (true) {
        PGPRIMER_CO_TRY(const bool taken, co_await try_key(key, Deadline::after(std::chrono::seconds{30}, deadline.stop())));
        if (taken) co_return Result<void>{};
        if (teller.due() || deadline.passed()) {
            PGPRIMER_CO_TRY(const std::string seen, co_await holders(key, Deadline::after(std::chrono::seconds{10}, deadline.stop())));
            if (!seen.empty()) last_seen = seen;
            if (!deadline.passed()) teller.tell(std::string(what) + (last_seen.empty() ? "" : ": " + last_seen));
        }
        if (gives_way && SteadyClock::now() >= look_again) {
            look_again = SteadyClock::now() + std::chrono::seconds{1};
            PGPRIMER_CO_TRY(const bool crowded, co_await is_crowded(Deadline::after(std::chrono::seconds{10}, deadline.stop())));
            if (crowded) {
                auto back = co_await give_way(deadline);
                if (!back && !deadline.stopped() && deadline.passed()) co_return late();
                if (!back) co_return back.error();
                continue;
            }
        }
        const auto waited = co_await sleep_for(pause, deadline);
        if (waited == Waited::stopped) co_return not_ready(waited, deadline, "");
        if (deadline.passed()) co_return late();
        pause = std::min(pause * 2, longest_pause);
    }
}

Task<Result<void>> Lock::acquire(const std::string& run, OnLockWait on_wait, Deadline deadline) {
    PGPRIMER_CO_CHECK(co_await poll_key(run_key(identity_), "another run holds the lock", reopen_ != nullptr, on_wait, deadline));
    PGPRIMER_CO_CHECK(co_await poll_key(work_key(identity_), "an earlier run's work still goes on in the server", false, on_wait, deadline));
    // Hooks hold no key: their sessions are told by their names.
    Teller teller{on_wait};
    const std::string others =
        "SELECT string_agg('pid ' || pid || ' (' || application_name || ')', ', ') FROM pg_catalog.pg_stat_activity WHERE datname = current_database()"
        " AND application_name LIKE " +
        quote_literal("pgprimer:" + run_prefix(identity_) + "%") + " AND application_name NOT LIKE " + quote_literal("pgprimer:" + run + ":%");
    while (true) {
        PGPRIMER_CO_TRY(const pg::Rows rows, co_await session_.query(others, Deadline::after(std::chrono::seconds{30}, deadline.stop())));
        const std::string left(rows.at(0, 0));
        if (left.empty()) co_return Result<void>{};
        if (teller.due()) teller.tell("an earlier run, or its hook, still has a session: " + left);
        const auto waited = co_await sleep_for(longest_pause, deadline);
        if (waited == Waited::stopped) co_return not_ready(waited, deadline, "");
        if (deadline.passed()) {
            co_return Diagnostic(Error::lock, "an earlier run, or its hook, still has a session")
                .with_detail(left)
                .with_hint("end it, or its session: " + ending(left));
        }
    }
}

Task<Result<std::int64_t>> Lock::begin_epoch(const std::string& contact, Deadline deadline) {
    std::string sql = "SET synchronous_commit = on; INSERT INTO " + quote_identifier(identity_.schema) +
                      ".project AS p (project, epoch, contact) VALUES (" + quote_literal(identity_.project) + ", 1, " + quote_literal(contact) +
                      ") ON CONFLICT (project) DO UPDATE SET epoch = p.epoch + 1, contact = EXCLUDED.contact RETURNING epoch";
    auto rows = co_await session_.query(std::move(sql), deadline);
    if (!rows) co_return not_written(rows.error(), identity_, session_.address());
    std::int64_t epoch = 0;
    const auto text = rows->at(0, 0);
    std::from_chars(text.data(), text.data() + text.size(), epoch);
    std::string unlock = "SELECT pg_catalog.pg_advisory_unlock(" + std::to_string(work_key(identity_)) + ")";
    PGPRIMER_CO_TRY(const pg::Rows unlocked, co_await session_.query(std::move(unlock), deadline));
    co_return epoch;
}

Task<Result<void>> Lock::watch(Deadline deadline) { return session_.watch(deadline); }

Task<void> Lock::release(Deadline deadline) {
    if (!session_.alive()) co_return;
    std::string sql = "SELECT pg_catalog.pg_advisory_unlock_all()";
    [[maybe_unused]] const auto ignored = co_await session_.query(std::move(sql), deadline);  // closing the session frees it all the same
}

}  // namespace pgprimer::ledger
