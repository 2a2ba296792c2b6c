#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>

namespace pgprimer {

using SteadyClock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// A request to stop, once made never withdrawn. One thread. Outlives every Deadline that refers to it.
class Stop {
public:
    // Asks everything that waits under this Stop to return Error::stopped. The first signal counts.
    void request(int signal);
    [[nodiscard]] bool requested() const { return signal_ != 0; }
    [[nodiscard]] int signal() const { return signal_; }
    [[nodiscard]] SteadyClock::time_point requested_at() const { return requested_at_; }

    // Called once at request(); at once where it was already made. The handle removes it again.
    class Registration {
    public:
        Registration() = default;
        Registration(Stop& stop, std::function<void()> callback);
        Registration(Registration&& other) noexcept;
        Registration& operator=(Registration&& other) noexcept;
        ~Registration();

    private:
        Stop* stop_ = nullptr;
        std::uint64_t id_ = 0;
    };

private:
    std::map<std::uint64_t, std::function<void()>> callbacks_;
    std::uint64_t next_ = 1;
    SteadyClock::time_point requested_at_{};
    int signal_ = 0;
};

// When an operation has to be over, and the stop it listens to. A value, passed down, never extended on the way.
class Deadline {
public:
    Deadline() = default;  // never, and not to be stopped
    Deadline(SteadyClock::time_point at, Stop* stop) : at_(at), stop_(stop) {}

    static Deadline never(Stop* stop = nullptr) { return {SteadyClock::time_point::max(), stop}; }
    static Deadline after(SteadyClock::duration duration, Stop* stop = nullptr);

    // The earlier of this and `duration` from now; the same stop.
    [[nodiscard]] Deadline within(SteadyClock::duration duration) const;

    // For cleaning up after what was under this: 2 s from now, but all together no later than 2 s after the stop, so that many slow
    // ones do not add up. Not to be stopped; what is under it has no further time to clean up.
    [[nodiscard]] Deadline cleanup() const;

    [[nodiscard]] SteadyClock::time_point at() const { return at_; }
    [[nodiscard]] bool passed() const { return SteadyClock::now() >= at_; }
    [[nodiscard]] bool is_never() const { return at_ == SteadyClock::time_point::max(); }
    [[nodiscard]] SteadyClock::duration remaining() const;  // never below zero
    [[nodiscard]] Stop* stop() const { return stop_; }
    [[nodiscard]] bool stopped() const { return stop_ != nullptr && stop_->requested(); }

private:
    SteadyClock::time_point at_ = SteadyClock::time_point::max();
    Stop* stop_ = nullptr;
    bool last_ = false;
};

}  // namespace pgprimer
