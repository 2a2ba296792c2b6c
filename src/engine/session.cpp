#include "session.hpp"

#include <utility>

#include "pgprimer/base/text.hpp"
#include "pgprimer/steps/context.hpp"

namespace pgprimer::engine {
namespace {

pg::Wants wants_of(const config::Target& target) {
    pg::Wants wants;
    wants.writable = !target.read_only;
    wants.socket_only = target.socket_only;
    wants.wait_for_database = target.wait_for_database;
    wants.wait_for_role = target.wait_for_role;
    wants.sources = target.sources();
    return wants;
}

// CREATE DATABASE through database "postgres"; somebody else doing the same is no error.
Task<Result<void>> create_database(const config::Target& target, const World& world, Deadline deadline) {
    pg::Address address = steps::address_of(target);
    address.dbname = "postgres";
    pg::OnState silent = [](pg::Readiness, const Diagnostic&, SteadyClock::duration) {};
    pg::Wants wants = wants_of(target);
    PGPRIMER_CO_TRY(pg::Probed maintenance, co_await pg::wait_ready(address, wants, silent, deadline));
    std::string sql = "CREATE DATABASE " + quote_identifier(target.dbname.value);
    auto made = co_await maintenance.connection.query(std::move(sql), deadline);
    if (made) {
        world.bus->publish(event::Message{event::Level::info, "created database " + target.dbname.value, ""});
        co_return Result<void>{};
    }
    Diagnostic why = made.error();
    if (why.sqlstate == "42P04" || why.sqlstate == "23505" || why.sqlstate == "55006") co_return Result<void>{};
    if (why.sqlstate == "42501") {
        why.error = Error::refused;
        why.hint = "role \"" + target.user.value + "\" needs CREATEDB, or create database \"" + target.dbname.value + "\" for it";
    }
    co_return why;
}

Diagnostic refused_pooler(const config::Target& target) {
    const bool direct = target.dependents != nullptr;
    Diagnostic why(Error::refused, (direct ? "direct_url, " : "") + target.display() + (direct ? ", is PgBouncer, too" : " is PgBouncer") +
                                       ", not the server itself: advisory locks are not safe through it");
    why.place = target.place;
    why.hint = "give the server's own address";
    if (!direct) {
        why.hint +=
            " beside it: direct_url = \"postgresql://HOST:5432\" in [target], or PGPRIMER_DIRECT_URL, the only one that counts with --database-url or "
            "PGPRIMER_DATABASE_URL; locks and work then go there, and what depends on it keeps this one";
    }
    return why;
}

// Where dependents are, through a pooler perhaps: when the server that is there was started.
Task<Result<std::string>> probe_dependents(const config::Target& target, const World& world, Deadline deadline) {
    const config::Target& at = *target.dependents;
    event::Bus& bus = *world.bus;
    const std::string shown = at.display();
    bool said = false;
    pg::OnState on_state = [&bus, &said, shown](pg::Readiness state, const Diagnostic& why, SteadyClock::duration waited) {
        const bool ready = state == pg::Readiness::ready;
        if (ready && !said) return;  // it was at once
        said = true;
        bus.publish(event::Readiness{shown, pg::to_string(state), pg::describe(state, why), waited, ready});
    };
    pg::Address address = steps::address_of(at);
    pg::Wants wants = wants_of(at);
    auto probed = co_await pg::wait_ready(std::move(address), std::move(wants), std::move(on_state), deadline);
    if (probed) co_return std::move(probed->facts.postmaster_start);
    Diagnostic why = probed.error();
    if (why.place.file.empty() && target.place.line > 0) why.place = target.place;
    co_return why;
}

Diagnostic two_servers(const config::Target& target) {
    Diagnostic why(Error::config, target.dependents->display() + " and direct_url, " + target.display() + ", lead to two servers");
    why.place = target.place;
    why.hint = "direct_url is the address of the server behind url: what is done there is to be seen through it";
    return why;
}

}  // namespace

Task<Result<pg::Probed>> open_target(const config::Target& target, const World& world, bool dry, bool loud, Deadline deadline,
                                     std::function<void()> on_waiting) {
    pg::Address address = steps::address_of(target);
    event::Bus& bus = *world.bus;
    const std::string shown = target.display();
    bool said = false;
    pg::OnState on_state = [&bus, &said, &on_waiting, shown, loud](pg::Readiness state, const Diagnostic& why, SteadyClock::duration waited) {
        const bool ready = state == pg::Readiness::ready;
        if (!ready && on_waiting) on_waiting();
        if (!loud && waited < std::chrono::seconds{1}) return;
        if (ready && !said) {
            bus.publish(event::Readiness{shown, pg::to_string(state), pg::describe(state), waited, true});
            return;
        }
        said = true;
        bus.publish(event::Readiness{shown, pg::to_string(state), pg::describe(state, why), waited, ready});
    };
    pg::Wants wants = wants_of(target);
    bool looked_again = false;
    for (int attempt = 0;; ++attempt) {
        auto probed = co_await pg::wait_ready(address, wants, on_state, deadline);
        if (!probed && target.create_database && !dry && attempt == 0 && probed.error().sqlstate == "3D000") {
            PGPRIMER_CO_CHECK(co_await create_database(target, world, deadline));
            continue;
        }
        if (!probed) {
            Diagnostic why = probed.error();
            if (why.place.file.empty() && target.place.line > 0) why.place = target.place;
            if (why.sqlstate == "3D000" && why.hint.find("create_database") == std::string::npos) {
                why.hint += (why.hint.empty() ? "" : "; ") +
                            std::string("create_database = true in [target] creates it, wait_for_database = true waits for it");
            }
            co_return why;
        }
        if (probed->facts.pgbouncer) co_return refused_pooler(target);
        if (target.dependents) {
            PGPRIMER_CO_TRY(const std::string start, co_await probe_dependents(target, world, deadline));
            if (start != probed->facts.postmaster_start) {
                if (std::exchange(looked_again, true)) co_return two_servers(target);
                const auto waited = co_await sleep_for(std::chrono::milliseconds{500}, deadline);  // it may have been restarted just now
                if (waited == Waited::stopped) co_return not_ready(waited, deadline, "");
                continue;
            }
        }
        co_return probed;
    }
}

Task<Result<pg::Connection>> open_quietly(pg::Address address, Deadline deadline) {
    pg::OnState silent = [](pg::Readiness, const Diagnostic&, SteadyClock::duration) {};
    pg::Wants wants;
    PGPRIMER_CO_TRY(pg::Probed probed, co_await pg::wait_ready(std::move(address), wants, silent, deadline));
    co_return std::move(probed.connection);
}

}  // namespace pgprimer::engine
