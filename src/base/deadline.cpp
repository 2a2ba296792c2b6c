#include "pgprimer/base/deadline.hpp"

#include <algorithm>
#include <utility>

namespace pgprimer {

void Stop::request(int signal) {
    if (signal_ != 0) return;
    signal_ = signal;
    requested_at_ = SteadyClock::now();
    // A callback may end its own registration, or others'.
    while (!callbacks_.empty()) {
        auto callback = std::move(callbacks_.extract(callbacks_.begin()).mapped());
        callback();
    }
}

Stop::Registration::Registration(Stop& stop, std::function<void()> callback) {
    if (stop.requested()) {
        callback();
        return;
    }
    stop_ = &stop;
    id_ = stop.next_++;
    stop.callbacks_.emplace(id_, std::move(callback));
}

Stop::Registration::Registration(Registration&& other) noexcept : stop_(std::exchange(other.stop_, nullptr)), id_(other.id_) {}

Stop::Registration& Stop::Registration::operator=(Registration&& other) noexcept {
    if (this != &other) {
        if (stop_ != nullptr) stop_->callbacks_.erase(id_);
        stop_ = std::exchange(other.stop_, nullptr);
        id_ = other.id_;
    }
    return *this;
}

Stop::Registration::~Registration() {
    if (stop_ != nullptr) stop_->callbacks_.erase(id_);
}

Deadline Deadline::after(SteadyClock::duration duration, Stop* stop) { return never(stop).within(duration); }

Deadline Deadline::within(SteadyClock::duration duration) const {
    const auto now = SteadyClock::now();
    if (duration >= at_ - now) return *this;
    Deadline out = *this;
    out.at_ = now + duration;
    return out;
}

Deadline Deadline::cleanup() const {
    constexpr auto patience = std::chrono::seconds{2};
    if (last_) return *this;
    Deadline out = after(patience);
    if (stopped()) out.at_ = std::min(out.at_, stop_->requested_at() + patience);
    out.last_ = true;
    return out;
}

SteadyClock::duration Deadline::remaining() const { return std::max(at_ - SteadyClock::now(), SteadyClock::duration::zero()); }

}  // namespace pgprimer
