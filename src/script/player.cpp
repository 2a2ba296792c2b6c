#include "pgprimer/script/player.hpp"

#include <algorithm>
#include <array>

#include "session.hpp"

namespace pgprimer::script {

Task<Result<Played>> play_autocommit(Session& session) {
    Played played;
    while (true) {
        auto statement = co_await session.next();
        if (!statement) co_return statement.error();
        if (!statement.value()) break;
        auto done = co_await session.execute(*statement.value());
        ++played.statements;
        if (done) continue;
        if (session.unit().stop_on_error || done.error().error != Error::failed) co_return done.error();
        ++played.failures;
        session.world().bus->publish(event::Problem{event::Level::error, done.error()});
    }
    played.left_home = session.left_home();
    co_return played;
}

Task<Result<Played>> play(const Unit& unit, pg::Connection& connection, const World& world, Deadline deadline) {
    Session session(unit, connection, world, deadline);
    Result<Played> played = Played{};
    switch (unit.mode) {
        case Mode::whole:
            if (unit.survey.pipelines && !world.on_rows)
                played = co_await play_pipelined(session);
            else
                played = co_await play_whole(session);
            break;
        case Mode::stepwise: played = co_await play_stepwise(session); break;
        case Mode::autocommit: played = co_await play_autocommit(session); break;
    }
    if (!played)
        co_await session.roll_back();
    else
        played->drops_schema = session.drops_schema();
    co_return played;
}

bool may_go_stepwise(const Unit& unit, const Diagnostic& failure) {
    constexpr std::array<std::string_view, 5> states{"55P04", "55006", "25001", "53200", "2D000"};
    return unit.mode == Mode::whole && failure.error == Error::failed && std::ranges::find(states, failure.sqlstate) != states.end();
}

}  // namespace pgprimer::script
