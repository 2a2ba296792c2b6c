#pragma once
// Runs a task to its end from a test that is no coroutine.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "pgprimer/base/async.hpp"

namespace pgprimer::test {

// On a fresh io_context; rethrows what the task throws. A task that waits for nothing that could come is an exception.
template <class T>
T run_task(Task<T> task) {
    boost::asio::io_context context;
    std::exception_ptr error;
    bool ended = false;
    auto end = [&error, &ended](std::exception_ptr thrown) {
        error = std::move(thrown);
        ended = true;
    };
    auto finish = [&context, &error, &ended] {
        context.run();
        if (error) std::rethrow_exception(error);
        if (!ended) throw std::logic_error("the task never ended");
    };
    if constexpr (std::is_void_v<T>) {
        boost::asio::co_spawn(context, std::move(task), end);
        finish();
    } else {
        std::optional<T> result;
        const auto keep = [](Task<T> inner, std::optional<T>& into) -> Task<void> { into.emplace(co_await std::move(inner)); };
        boost::asio::co_spawn(context, keep(std::move(task), result), end);
        finish();
        return std::move(*result);
    }
}

}  // namespace pgprimer::test
