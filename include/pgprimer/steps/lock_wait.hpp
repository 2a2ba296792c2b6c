#pragma once
// A lock that was not had in time (55P03): when that is worth another try.
#include <optional>

#include "pgprimer/base/deadline.hpp"
#include "pgprimer/base/diagnostic.hpp"
#include "pgprimer/config/config.hpp"
#include "pgprimer/steps/blockers.hpp"

namespace pgprimer::steps {

// By lock_timeout, or since the script itself will not wait (NOWAIT, a SET lock_timeout of its own): nothing of the statement or its transaction is
// left, so another try does no harm. Not of a psql script whose step sets no limit: it expects the error.
bool is_lock_failure(const Diagnostic& why, const config::Step& step);

// Adds to a failure by lock_timeout, statement_timeout or the step's timeout which limit it was, who was in the way, and what next.
// `waiting`: who still was when it was last looked at.
void explain_limit(Diagnostic& why, const config::Step& step, const Blockers& seen, const Blockers& waiting);

// The tries of one unit: more and more apart, so that what has queued behind it gets through meanwhile.
class LockTries {
public:
    explicit LockTries(const config::Step& step) : limit_(step.lock_timeout.value_or(config::migrations_lock_timeout)) {}

    static constexpr int most = 10;
    // How long to pause before the next; nullopt: no more.
    std::optional<SteadyClock::duration> next();
    [[nodiscard]] int number() const { return number_; }  // of those before

private:
    config::Milliseconds limit_;
    std::optional<SteadyClock::time_point> since_;  // the first one failed
    int number_ = 0;
};

}  // namespace pgprimer::steps
