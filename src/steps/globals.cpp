#include "pgprimer/steps/globals.hpp"

namespace pgprimer::steps {

Task<Result<std::optional<pg::Connection>>> hold_globals(pg::Address address, const Context& context, Deadline deadline) {
    address.dbname = "postgres";
    auto session = co_await context.connect(std::move(address), deadline.within(std::chrono::seconds{10}));
    if (!session) {
        if (session.error().error == Error::stopped) co_return session.error();
        context.bus->publish(event::Message{event::Level::debug, "no lock for roles and databases: " + session.error().message, ""});
        co_return std::optional<pg::Connection>{};
    }
    PGPRIMER_CO_TRY(const pg::Rows set, co_await session->query(own_session_sql(*session), deadline));
    const std::string sql = "SELECT pg_catalog.pg_try_advisory_lock(" + std::to_string(ledger::globals_key()) + ")";
    while (true) {
        PGPRIMER_CO_TRY(const pg::Rows rows, co_await session->query(sql, deadline));
        if (rows.at(0, 0) == "t") co_return std::optional<pg::Connection>(std::move(session).value());
        if (const auto waited = co_await sleep_for(std::chrono::milliseconds{50}, deadline); waited != Waited::ready) {
            co_return not_ready(waited, deadline, "another run is changing roles or databases of this server");
        }
    }
}

}  // namespace pgprimer::steps
