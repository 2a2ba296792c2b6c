#include "pgprimer/script/player.hpp"

#include <algorithm>
#include <array>

#include "pgprimer/script/pipeline.hpp"
#include "window.hpp"

namespace pgprimer::script {

Task<Result<Played>> play_autocommit(Session& session) {
    Played played;
    Window window(session);
    while (true) {
        auto next = co_await session.next();
        if (next && *next && window.takes(**next)) {
            PGPRIMER_CO_TRY(const bool answers, co_await window.answers_by_rules(**next));
            if (!answers) {
                PGPRIMER_CO_CHECK(co_await window.add(std::move(*next)));
                continue;
            }
        }
        PGPRIMER_CO_CHECK(co_await window.settle());  // what stands before comes before, a failure too
        if (!next) co_return next.error();
        if (*next) {
            PGPRIMER_CO_CHECK(co_await session.wait_for_commits(**next));
            auto done = co_await session.execute_as_psql(**next);
            ++played.statements;
            if (!done && !session.forgives(done.error())) co_return done.error();
        } else if (!session.paused()) {
            break;
        }
    }
    played.statements += window.executed();
    co_return played;
}

Task<Result<Played>> play_in(Mode mode, Session& session) {
    switch (mode) {
        case Mode::whole: co_return co_await play_whole(session);
        case Mode::stepwise: co_return co_await play_stepwise(session);
        default: co_return co_await play_autocommit(session);
    }
}

Task<Result<Played>> play(const Unit& unit, pg::Connection& connection, const World& world, Deadline deadline) {
    if (unit.mode == Mode::whole && unit.survey.pipelines && !world.out) {
        Pipeline pipeline(connection, world, deadline);
        PGPRIMER_CO_TRY(const bool sent, co_await pipeline.send(unit, {}));
        if (sent) {
            auto alone = co_await pipeline.take();
            if (!alone) co_return alone;
            PGPRIMER_CO_CHECK(co_await pipeline.end());
            co_return alone;
        }
    }
    Session session(unit, connection, world, deadline);
    Result<Played> played = co_await play_in(unit.mode, session);
    if (!played) co_await session.roll_back();
    const Result<void> durable = co_await session.make_durable();
    const Result<void> closed = co_await session.close();
    if (!played) co_return played;
    if (!durable) co_return durable.error();
    if (!closed) co_return closed.error();
    played->failures = session.failures();
    played->left_home = session.left_home();
    played->drops_schema = session.drops_schema();
    co_return played;
}

bool may_go_stepwise(const Unit& unit, const Diagnostic& failure) {
    constexpr std::array<std::string_view, 5> states{"55P04", "55006", "25001", "53200", "2D000"};
    return unit.mode == Mode::whole && failure.error == Error::failed && std::ranges::find(states, failure.sqlstate) != states.end();
}

}  // namespace pgprimer::script
