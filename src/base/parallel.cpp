#include "pgprimer/base/parallel.hpp"

#include <signal.h>

#include <algorithm>
#include <exception>
#include <system_error>
#include <vector>

namespace pgprimer {

std::optional<std::thread> quiet_thread(std::function<void()> work) {
    std::optional<std::thread> out;
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
        out.emplace(std::move(work));
    } catch (const std::system_error&) {}
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return out;
}

Result<void> in_parts(std::size_t count, std::size_t least, const std::function<Result<void>(std::size_t, std::size_t)>& work) {
    const std::size_t parts = count < least ? 1 : std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 4);
    struct Part {
        Result<void> result;
        std::exception_ptr thrown;
        std::optional<std::thread> thread;
    };
    std::vector<Part> all(parts);
    const auto run = [&](std::size_t i) noexcept {
        try {
            all[i].result = work(count * i / parts, count * (i + 1) / parts);
        } catch (...) { all[i].thrown = std::current_exception(); }
    };
    for (std::size_t i = 1; i < parts; ++i) all[i].thread = quiet_thread([&run, i] { run(i); });
    run(0);
    for (std::size_t i = 1; i < parts; ++i) {
        if (all[i].thread)
            all[i].thread->join();
        else
            run(i);
    }
    for (const auto& part : all) {
        if (part.thrown) std::rethrow_exception(part.thrown);
        PGPRIMER_CHECK(part.result);
    }
    return {};
}

}  // namespace pgprimer
