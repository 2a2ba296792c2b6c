#pragma once
#include "pgprimer/base/async.hpp"
#include "pgprimer/event/report.hpp"

namespace pgprimer::event {

// Tells dependents. Awaited, may fail, comes after the final row, and can be retracted.
class Announcement {
public:
    virtual ~Announcement() = default;
    [[nodiscard]] virtual std::string name() const = 0;
    virtual Task<Result<void>> retract(Deadline deadline) = 0;  // at the start of a run
    virtual Task<Result<void>> announce(const Report& report, Deadline deadline) = 0;
};

}  // namespace pgprimer::event
