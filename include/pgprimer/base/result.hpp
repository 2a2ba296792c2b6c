#pragma once
#include <boost/system/result.hpp>

#include "pgprimer/base/diagnostic.hpp"

namespace pgprimer {

// A value, or why there is none.
template <class T = void>
using Result = boost::system::result<T, Diagnostic>;

// Programming error: value() of a failed Result. Reaches main's one catch.
[[noreturn]] void throw_diagnostic(const Diagnostic& diagnostic);

}  // namespace pgprimer

// Found by argument-dependent lookup from boost::system::result::value().
namespace pgprimer {
[[noreturn]] inline void throw_exception_from_error(const Diagnostic& diagnostic, const boost::source_location&) { throw_diagnostic(diagnostic); }
}  // namespace pgprimer

// PGPRIMER_TRY(x, expression): x is the value, or the enclosing function (or coroutine: PGPRIMER_CO_TRY) returns the failure.
#define PGPRIMER_CONCAT_(a, b) a##b
#define PGPRIMER_CONCAT(a, b) PGPRIMER_CONCAT_(a, b)
#define PGPRIMER_TRY_IMPL_(ret, tmp, x, ...)         \
    auto tmp = __VA_ARGS__;                          \
    if (tmp.has_error()) ret std::move(tmp).error(); \
    x = std::move(tmp).value()
#define PGPRIMER_TRY(x, ...) PGPRIMER_TRY_IMPL_(return, PGPRIMER_CONCAT(pgprimer_try_, __LINE__), x, __VA_ARGS__)
#define PGPRIMER_CO_TRY(x, ...) PGPRIMER_TRY_IMPL_(co_return, PGPRIMER_CONCAT(pgprimer_try_, __LINE__), x, __VA_ARGS__)
#define PGPRIMER_CHECK(...) \
    if (auto pgprimer_check = __VA_ARGS__; pgprimer_check.has_error()) return std::move(pgprimer_check).error()
#define PGPRIMER_CO_CHECK(...) \
    if (auto pgprimer_check = __VA_ARGS__; pgprimer_check.has_error()) co_return std::move(pgprimer_check).error()
