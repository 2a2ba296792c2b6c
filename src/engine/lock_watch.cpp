#include "lock_watch.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <optional>

#include "pgprimer/base/text.hpp"

namespace pgprimer::engine {
namespace {

// Most statements have ended before the first look; a short lock_timeout still meets one.
constexpr std::chrono::milliseconds first_pause{25}, longest_pause{500};
constexpr std::chrono::seconds worth_telling{1}, say_again{10};
constexpr std::chrono::minutes say_at_least{5};
constexpr std::chrono::seconds late{1}, latest{10};
constexpr int answer_is_late = -1;

}  // namespace

struct LockWatch::State {
    State(pg::Connection& asked, event::Bus& to, Stop& by) : session(asked), bus(to), stop(by) {}

    pg::Connection& session;
    event::Bus& bus;
    Stop& stop;
    std::optional<Stop> asking;  // of the question on its way
    std::optional<Work> work;
    SteadyClock::time_point began;
    std::string of;  // the step and unit that `seen` is of
    steps::Blockers seen;
    std::optional<SteadyClock::time_point> blocked_since, said;
    SteadyClock::duration until_again = say_again;
    std::vector<int> said_of;
    SteadyClock::duration pause = first_pause;
    bool looking = false, idle = false, over = false;
    Signal wake, looked;
};

LockWatch::LockWatch(pg::Connection& session, event::Bus& bus, Stop& stop, const boost::asio::any_io_executor& executor)
    : state_(std::make_shared<State>(session, bus, stop)) {
    boost::asio::co_spawn(executor, look(state_), boost::asio::detached);
}

LockWatch::~LockWatch() {
    state_->over = true;
    state_->wake.notify_all();
}

const steps::Blockers& LockWatch::seen() const { return state_->seen; }
steps::Blockers LockWatch::waiting() const { return state_->blocked_since ? state_->seen : steps::Blockers{}; }
bool LockWatch::said() const { return state_->said.has_value(); }

void LockWatch::begin(Work work) {
    State& s = *state_;
    if (std::string of = work.step + "\n" + work.unit; s.of != of) {
        s.of = std::move(of);
        s.seen = {};
        s.blocked_since.reset();
        s.said.reset();
        s.said_of.clear();
        s.until_again = say_again;
    }
    s.work = std::move(work);
    s.began = SteadyClock::now();
    s.pause = first_pause;
    if (s.idle) s.wake.notify_all();
}

Task<void> LockWatch::end() {
    State& s = *state_;
    s.work.reset();
    if (s.looking) co_await s.looked.wait(Deadline::after(late));
    if (s.looking && s.asking) s.asking->request(answer_is_late);  // the server hangs: whoever waits for the work is not to wait for this
    while (s.looking) co_await s.looked.wait(Deadline::never());
}

Task<void> LockWatch::look_once(State& s) {
    const Work work = *s.work;
    std::function<std::string(std::string)> redact = [&s](std::string text) { return s.bus.redact(std::move(text)); };
    Stop& asking = s.asking.emplace();
    const Stop::Registration chained(s.stop, [&s] { s.asking->request(s.stop.signal()); });
    auto question = steps::ask_blockers(s.session, work.pid, work.application_name, std::move(redact), Deadline::after(latest, &asking));
    auto asked = co_await std::move(question);
    const auto now = SteadyClock::now();
    if (!asked || asked->empty()) {
        s.blocked_since.reset();
        co_return;
    }
    if (!s.blocked_since) s.blocked_since = now;
    s.seen = std::move(*asked);
    if (!s.work || now - *s.blocked_since < worth_telling) co_return;
    const bool others = s.seen.pids != s.said_of;
    if (s.said && now - *s.said < (others ? SteadyClock::duration(say_again) : s.until_again)) co_return;
    if (s.said && !others) s.until_again = std::min<SteadyClock::duration>(s.until_again * 2, say_at_least);
    s.said = now;
    s.said_of = s.seen.pids;
    const std::string who = work.unit.empty() ? "" : work.unit + ": ";
    s.bus.publish(event::Message{event::Level::warning, who + "waits for " + s.seen.text(), work.step});
}

Task<void> LockWatch::look(std::shared_ptr<State> state) {
    State& s = *state;
    while (!s.over) {
        s.idle = !s.work;
        const auto pause = s.pause;
        co_await s.wake.wait(s.idle ? Deadline::never() : Deadline::after(pause));
        if (s.over) co_return;
        if (std::exchange(s.idle, false) || !s.work || !s.session.alive() || SteadyClock::now() - s.began < pause) continue;
        s.pause = std::min<SteadyClock::duration>(pause * 2, longest_pause);
        s.looking = true;
        co_await look_once(s);
        s.looking = false;
        s.looked.notify_all();
    }
}

}  // namespace pgprimer::engine
