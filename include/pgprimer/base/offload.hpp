#pragma once
#include <functional>

#include "pgprimer/base/async.hpp"

namespace pgprimer {

// Runs a call that blocks in a thread of its own and waits for its end until the deadline. After that the thread is on its own: not even the end of
// the process waits for it. So `work` owns all that it uses, and what it leaves behind may be read only after Waited::ready. Where no thread can be
// had, it is ready without having run.
Task<Waited> offload(std::function<void()> work, Deadline deadline);

}  // namespace pgprimer
