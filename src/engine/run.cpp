#include "pgprimer/engine/run.hpp"

#include <cstring>

#include "pgprimer/base/text.hpp"
#include "round.hpp"

namespace pgprimer::engine {
namespace {

constexpr int most_rounds = 20;           // a server that goes away again and again
constexpr int most_losses_of_a_unit = 3;  // a statement that takes the server down with it

// Rounds until one ends otherwise than by a lost connection.
template <class T, class Go>
Task<Result<T>> rounds(const config::Config& config, const Request& request, const World& world, Looks& looks, const std::string& run_id, Go go) {
    std::map<std::string, int> losses;
    for (int number = 1;; ++number) {
        Round round(config, request, world, looks, run_id);
        Result<T> result = co_await go(round);
        const std::string unit = round.unit_in_work();
        co_await round.close();
        if (result) co_return result;
        Diagnostic why = result.error();
        // A stop that nobody asked for is the round's own: its lock was lost.
        if (why.error == Error::stopped && !world.stop->requested()) why = Diagnostic(Error::lost, "the session that holds the lock was lost");
        if (world.stop->requested()) {
            const char* name = ::sigabbrev_np(world.stop->signal());
            Diagnostic stopped(Error::stopped, "stopped by " + (name != nullptr ? "SIG" + std::string(name) : "a signal"));
            stopped.signal = world.stop->signal();
            stopped.hint = "what was committed is recorded: the next run goes on there, or says what it cannot know";
            stopped.step = why.step;
            co_return stopped;
        }
        if (why.error != Error::lost) co_return why;
        if (!unit.empty() && ++losses[unit] == most_losses_of_a_unit) {
            why.error = Error::failed;
            why.hint = "the connection was lost " + std::to_string(most_losses_of_a_unit) + " times while this ran: look at the server's log";
            co_return why;
        }
        if (number == most_rounds) {
            why.error = Error::not_ready;
            co_return why;
        }
        world.bus->publish(
            event::Message{event::Level::warning,
                           "connection lost (" + why.message + "): probing, locking and deciding again; what was committed is recorded", why.step});
        if (const auto waited = co_await sleep_for(std::chrono::milliseconds{20}, Deadline::never(world.stop)); waited == Waited::stopped)
            co_return not_ready(waited, Deadline::never(world.stop), "");
    }
}

Task<Result<std::vector<std::string>>> repair_rounds(const config::Config& config, const RepairRequest& wanted, const std::vector<std::string>* shown,
                                                     const World& world) {
    const std::string run_id = ledger::new_run_id({config.ledger_schema, config.project});
    Looks looks(config, *world.files);
    const Request request;
    const auto go = [&wanted, shown](Round& round) { return round.repair(wanted, shown); };
    co_return co_await rounds<std::vector<std::string>>(config, request, world, looks, run_id, go);
}

}  // namespace

Task<Result<Finished>> run(const config::Config& config, Request request, World world) {
    event::Bus& bus = *world.bus;
    const std::string run_id = ledger::new_run_id({config.ledger_schema, config.project});
    const auto began = SteadyClock::now();
    bus.publish(event::RunStarted{run_id, world.version, config.plan_id, config.project, config.steps.size(), request.dry});
    if (!request.dry) {
        for (auto* announcement : world.announcements) {
            auto retracted = co_await announcement->retract(Deadline::after(std::chrono::seconds{5}, world.stop));
            if (!retracted) co_return retracted.error();
        }
    }
    Looks looks(config, *world.files);
    const auto go = [](Round& round) { return round.go(); };
    auto result = co_await rounds<Finished>(config, request, world, looks, run_id, go);
    if (!result) co_return result.error();
    if (request.dry) co_return result;
    event::RunFinished finished{0, SteadyClock::now() - began, result->plan_id, request.only.empty()};
    bus.publish(finished);
    if (request.only.empty()) {
        for (auto* announcement : world.announcements) {
            auto announced = co_await announcement->announce(bus.report(), Deadline::after(std::chrono::seconds{10}, world.stop));
            if (!announced) co_return announced.error();
        }
    }
    co_return result;
}

Task<Result<std::vector<std::string>>> baseline(const config::Config& config, BaselineRequest wanted, World world) {
    const std::string run_id = ledger::new_run_id({config.ledger_schema, config.project});
    Looks looks(config, *world.files);
    const Request request;
    const auto go = [&wanted](Round& round) { return round.baseline(wanted); };
    co_return co_await rounds<std::vector<std::string>>(config, request, world, looks, run_id, go);
}

Task<Result<std::vector<std::string>>> look_repair(const config::Config& config, RepairRequest wanted, World world) {
    co_return co_await repair_rounds(config, wanted, nullptr, world);
}

Task<Result<std::vector<std::string>>> repair(const config::Config& config, RepairRequest wanted, std::vector<std::string> shown, World world) {
    co_return co_await repair_rounds(config, wanted, &shown, world);
}

}  // namespace pgprimer::engine
