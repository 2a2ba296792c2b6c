#include "session.hpp"

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
        if (probed->facts.pgbouncer) {
            co_return Diagnostic(Error::refused, shown + " is PgBouncer, not the server itself: advisory locks are not safe through it")
                .with_hint("give the server's own address");
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
