#include "pgprimer/announce/ready_file.hpp"

#include "pgprimer/base/text.hpp"
#include "pgprimer/io/atomic_write.hpp"

namespace pgprimer::announce {
namespace {

constexpr const char* where_to =
    "[announce] ready_file is to name a file in a folder that is there and writable for us; under a read-only root mount a tmpfs there";

}  // namespace

Task<Result<void>> ReadyFile::retract(Deadline) {
    auto removed = io::remove_if_there(path_);
    if (!removed) {
        Diagnostic why = removed.error();
        why.error = Error::config;
        why.place = {};
        why.message = "the ready file of an earlier run has to go first: " + why.message;
        why.hint = where_to;
        co_return why;
    }
    // Known before the work and not after it.
    if (auto writable = io::check_writable(path_); !writable) {
        Diagnostic why = writable.error();
        why.error = Error::config;
        why.place = {};
        why.hint = where_to;
        why.message = "the ready file could not be written at the end: " + why.message;
        co_return why;
    }
    co_return Result<void>{};
}

Task<Result<void>> ReadyFile::announce(const event::Report& report, Deadline) {
    const std::string content = "{\"plan\":" + json_quote(report.finished.plan_id) + ",\"run\":" + json_quote(report.run.run) + "}\n";
    auto written = io::atomic_write(path_, content);
    if (!written) {
        Diagnostic why = written.error();
        why.error = Error::failed;
        why.place = {};
        if (why.hint.empty() || why.hint.starts_with("look at")) why.hint = where_to;
        why.message = "the plan is done, but the ready file could not be written: " + why.message;
        co_return why;
    }
    co_return Result<void>{};
}

}  // namespace pgprimer::announce
