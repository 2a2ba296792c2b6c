#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <thread>

#include "pgprimer/base/result.hpp"

namespace pgprimer {

// A thread that gets no signals: those are the main thread's. None where none can be made.
std::optional<std::thread> quiet_thread(std::function<void()> work);

// work(begin, end) for parts of [0, count), on as many processors as there are, four at the most; returns when all have ended. `count` below `least`
// is one part. What the first part that failed failed with, or threw.
Result<void> in_parts(std::size_t count, std::size_t least, const std::function<Result<void>(std::size_t, std::size_t)>& work);

}  // namespace pgprimer
