#include "pgprimer/steps/lock_wait.hpp"

#include <algorithm>
#include <random>

namespace pgprimer::steps {
namespace {

constexpr config::Milliseconds first_pause{100}, longest_pause{5'000};
constexpr std::chrono::minutes longest{2};  // for all tries: a long lock_timeout has few

}  // namespace

bool is_lock_failure(const Diagnostic& why, const config::Step& step) {
    return why.error == Error::failed && why.sqlstate == "55P03" && (step.lock_timeout || config::takes_default_lock_timeout(step));
}

std::optional<SteadyClock::duration> LockTries::next() {
    const auto now = SteadyClock::now();
    if (!since_) since_ = now;
    if (++number_ >= most || now - *since_ > longest) return std::nullopt;
    static std::minstd_rand random(std::random_device{}());
    const auto limit = limit_.count() > 0 ? std::min(limit_, longest_pause) : longest_pause;
    const auto pause = std::min<config::Milliseconds>(first_pause * (1 << (number_ - 1)), limit);
    return pause * std::uniform_int_distribution<int>(75, 125)(random) / 100;
}

}  // namespace pgprimer::steps
