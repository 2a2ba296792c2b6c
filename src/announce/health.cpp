#include "pgprimer/announce/health.hpp"

#include <unistd.h>

#include <array>

#include "pgprimer/io/atomic_write.hpp"

namespace pgprimer::announce {
namespace {

std::array<std::filesystem::path, 2> marks() { return {"/run/pgprimer/health", "/dev/shm/pgprimer-health-" + std::to_string(::geteuid())}; }

// Changes whenever a container is started anew.
std::string container() {
    std::error_code error;
    const auto target = std::filesystem::read_symlink("/proc/self/ns/pid", error);
    return error ? "unknown" : target.string();
}

}  // namespace

Task<Result<void>> Health::retract(Deadline) {
    for (const auto& mark : marks()) [[maybe_unused]] const auto removed = io::remove_if_there(mark);
    co_return Result<void>{};
}

// Where neither place can be written there is no health, which is no failure of the run.
Task<Result<void>> Health::announce(const event::Report&, Deadline) {
    for (const auto& mark : marks()) {
        if (io::atomic_write(mark, container())) break;
    }
    co_return Result<void>{};
}

bool is_primed() {
    const io::RealFiles files;
    for (const auto& mark : marks()) {
        const auto text = io::read_all(files, mark, 4096);
        if (text && *text == container()) return true;
    }
    return false;
}

}  // namespace pgprimer::announce
