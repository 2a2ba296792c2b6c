#include "pgprimer/steps/hook.hpp"

#include <csignal>

#include "pgprimer/base/text.hpp"
#include "pgprimer/process/child.hpp"
#include "program_environment.hpp"
#include "program_output.hpp"

namespace pgprimer::steps {

std::string command_line(const config::Exec& kind) { return printable(join(kind.argv, " ")); }

Task<Result<void>> run_hook(const config::Step& step, const Context& context, Deadline deadline) {
    const auto& kind = std::get<config::Exec>(step.kind);
    process::Command command;
    command.argv = kind.argv;
    command.env = program_environment(step, context);
    for (const auto& [name, value] : kind.env) command.env[name] = value;
    command.cwd = (context.config->folder / kind.cwd.value_or(".")).lexically_normal().string();
    if (command.cwd.size() > 1 && command.cwd.ends_with('/')) command.cwd.pop_back();
    event::Bus& bus = *context.bus;
    for (int attempt = 0;; ++attempt) {
        ProgramOutput out(bus, step.name, false), err(bus, step.name, true);
        const process::OnLine on_line = [&out, &err](process::Stream stream, std::string_view line, bool continued) {
            (stream == process::Stream::err ? err : out).take(line, continued);
        };
        const Deadline limit = step.timeout ? deadline.within(*step.timeout) : deadline;
        auto ended = co_await process::run(command, on_line, limit);
        Diagnostic why;
        if (ended && ended->success()) co_return Result<void>{};
        if (ended) {
            why = Diagnostic(Error::failed, "\"" + command_line(kind) + (ended->signal != 0 ? "\" was " : "\" ended with ") + ended->describe());
            why.hint = "its output, if any, stands above, under [" + step.name + "]";
            if (ended->signal == SIGKILL) why.hint += "; the kernel kills so where memory is short";
        } else {
            why = ended.error();
            if (why.error == Error::timeout && step.timeout) {
                why = Diagnostic(Error::failed, "\"" + command_line(kind) + "\" did not end within " + human(*step.timeout) + " and was killed");
                why.hint = "set timeout for this step to what it needs";
            }
        }
        why.place = why.place.file.empty() ? kind.place : why.place;
        why.step = step.name;
        if (why.error != Error::failed || attempt >= step.retries) co_return why;
        bus.publish(event::Message{event::Level::warning,
                                   why.message + "; trying again (" + std::to_string(attempt + 1) + " of " + std::to_string(step.retries) + ")",
                                   step.name});
        if (const auto waited = co_await sleep_for(std::chrono::seconds{1}, deadline); waited != Waited::ready)
            co_return not_ready(waited, deadline, why.message);
    }
}

}  // namespace pgprimer::steps
