#pragma once
#include "pgprimer/pg/probe.hpp"

namespace pgprimer::pg {

// What a failed attempt means. Pure.
Readiness read_failure(const Diagnostic& failure, const Wants& wants);

// How long to sleep before the next attempt in this state, after so long a wait: short at first, and never so that a long wait costs much.
SteadyClock::duration pause_after(Readiness state, SteadyClock::duration waited);

}  // namespace pgprimer::pg
