#pragma once
#include "pgprimer/event/announcement.hpp"

namespace pgprimer::announce {

// For `pgprimer healthcheck` in the same container: a mark in /run/pgprimer or, where that cannot be written, /dev/shm. It names the container's
// process namespace, so that an older container's mark on a shared or kept file system is none.
class Health final : public event::Announcement {
public:
    [[nodiscard]] std::string name() const override { return "health"; }
    Task<Result<void>> retract(Deadline deadline) override;
    Task<Result<void>> announce(const event::Report& report, Deadline deadline) override;
};

// Whether a run of this container has primed.
bool is_primed();

}  // namespace pgprimer::announce
