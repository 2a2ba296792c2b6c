#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "commands.hpp"
#include "pgprimer/base/text.hpp"

namespace pgprimer::cli {
namespace {

using engine::RepairRequest;

RepairRequest request_of(const Options& options) {
    using plan::Mend;
    constexpr std::array mends{Mend::mark_done, Mend::mark_not_done, Mend::start_over, Mend::accept, Mend::forget};
    RepairRequest out;
    const std::string& what = options.repairs.front();
    const auto mend = std::ranges::find_if(mends, [&what](Mend one) { return plan::to_string(one) == "--" + what; });
    if (mend != mends.end()) out.mend = *mend;
    if (what == "rename") {
        out.kind = RepairRequest::Kind::rename;
        out.from = options.rename.at(0);
        out.to = options.rename.at(1);
    } else if (what == "schema") {
        out.kind = RepairRequest::Kind::schema;
        out.schema = options.schema;
    } else if (what == "ledger") {
        out.kind = RepairRequest::Kind::ledger;
    }
    out.step = options.step;
    out.units = options.units;
    return out;
}

std::string lines(const std::vector<std::string>& texts) {
    std::string out;
    for (const auto& text : texts) out += "- " + text + "\n";
    return out;
}

// A line of the terminal; signals end the wait.
Task<Result<bool>> says_yes(Stop& stop) {
    std::fputs("do this? [y/N] ", stderr);
    const Deadline deadline = Deadline::never(&stop);
    const auto waited = co_await wait_readable(STDIN_FILENO, deadline);
    if (waited != Waited::ready) {
        Diagnostic stopped = not_ready(waited, deadline, "");
        stopped.signal = stop.signal();
        co_return stopped;
    }
    std::array<char, 64> answer{};
    const auto length = ::read(STDIN_FILENO, answer.data(), answer.size());
    const std::string word = length > 0 ? lower(trim(std::string_view(answer.data(), static_cast<std::size_t>(length)))) : "";
    co_return word == "y" || word == "yes";
}

}  // namespace

Task<int> repair(Shell& shell) {
    auto config = shell.load();
    if (!config) co_return shell.fail(config.error());
    const RepairRequest wanted = request_of(shell.options);
    auto changes = co_await engine::look_repair(*config, wanted, shell.world());
    if (!changes) co_return shell.fail(changes.error());
    if (changes->empty()) co_return shell.show("nothing to repair\n");
    const int shown = shell.show(shell.bus.redact(lines(*changes)));
    if (shown != exit_done) co_return shown;
    if (!shell.options.yes) {
        if (::isatty(STDIN_FILENO) == 0) {
            co_return shell.fail(Diagnostic(Error::usage, "nothing was changed: there is no terminal to ask at")
                                     .with_hint("if that is what you want, give the same command with --yes"));
        }
        const auto agreed = co_await says_yes(shell.stop);
        if (!agreed) co_return shell.fail(agreed.error());
        if (!*agreed) co_return shell.fail(Diagnostic(Error::usage, "nothing was changed"));
    }
    auto done = co_await engine::repair(*config, wanted, *changes, shell.world());
    if (!done) co_return shell.fail(done.error());
    co_return shell.show(done->empty() ? "nothing to repair any more\n" : "done; pgprimer run goes on\n");
}

}  // namespace pgprimer::cli
