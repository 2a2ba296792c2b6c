#pragma once
#include <string>

#include "pgprimer/config/config.hpp"
#include "pgprimer/engine/run.hpp"
#include "pgprimer/pg/probe.hpp"

namespace pgprimer::engine {

// Opens a session on a target, waiting until it is ready; makes the database where the target says so; refuses PgBouncer.
// Dry: nothing is made; Error::refused with SQLSTATE 3D000 then says that the database would be. That it is ready at once is told where `loud`.
// `on_waiting` is called at each state that is not ready yet.
Task<Result<pg::Probed>> open_target(const config::Target& target, const World& world, bool dry, bool loud, Deadline deadline,
                                     std::function<void()> on_waiting = {});

// A ready session at any address, quietly: for \connect, the lock, the key of globals.
Task<Result<pg::Connection>> open_quietly(pg::Address address, Deadline deadline);

}  // namespace pgprimer::engine
