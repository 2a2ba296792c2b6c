#include <cerrno>
#include <cstring>

#include "commands.hpp"
#include "pgprimer/announce/health.hpp"
#include "pgprimer/announce/ready_file.hpp"
#include "pgprimer/announce/summary.hpp"
#include "pgprimer/base/text.hpp"
#include "plan_text.hpp"

namespace pgprimer::cli {
namespace {

// Names or ids of steps to ids.
Result<std::set<std::string>> step_ids(const config::Config& config, const std::vector<std::string>& names, const char* flag) {
    std::set<std::string> out;
    for (const auto& name : names) {
        const auto* step = config.step(name);
        if (step == nullptr) {
            std::vector<std::string> known;
            for (const auto& s : config.steps) known.push_back(s.id);
            Diagnostic unknown(Error::usage, std::string(flag) + ": there is no step \"" + name + "\"");
            const auto near = nearest(name, known);
            unknown.hint = near ? "did you mean \"" + *near + "\"?" : "the steps are: " + join(known, ", ");
            return unknown;
        }
        out.insert(step->id);
    }
    return out;
}

Result<engine::Request> request_of(const Options& options, const config::Config& config) {
    engine::Request request;
    PGPRIMER_TRY(request.only, step_ids(config, options.only, "--only"));
    PGPRIMER_TRY(request.force, step_ids(config, options.force, "--force"));
    return request;
}

Task<int> show_plan(Shell& shell, const config::Config& config, engine::Request request) {
    request.dry = true;
    auto planned = co_await engine::run(config, request, shell.world());
    if (!planned) co_return shell.fail(planned.error());
    co_return shell.show(shell.bus.redact(shell.options.json ? plan_json(config, *planned) : plan_text(config, *planned)));
}

}  // namespace

Task<int> plan(Shell& shell) {
    auto config = shell.load();
    if (!config) co_return shell.fail(config.error());
    auto request = request_of(shell.options, *config);
    if (!request) co_return shell.fail(request.error());
    co_return co_await show_plan(shell, *config, *request);
}

Task<int> run(Shell& shell) {
    auto config = shell.load();
    if (!config) co_return shell.fail(config.error());
    auto request = request_of(shell.options, *config);
    if (!request) co_return shell.fail(request.error());
    if (shell.options.dry_run) co_return co_await show_plan(shell, *config, *request);

    engine::World world = shell.world();
    announce::Health health;
    world.announcements.push_back(&health);
    std::unique_ptr<announce::ReadyFile> ready;
    if (config->announce.ready_file) {
        ready = std::make_unique<announce::ReadyFile>(*config->announce.ready_file);
        world.announcements.push_back(ready.get());
    }
    const auto began = SteadyClock::now();
    auto finished = co_await engine::run(*config, *request, world);
    int exit = exit_done;
    if (!finished) {
        exit = shell.fail(finished.error());
        shell.bus.publish(event::RunFinished{exit, SteadyClock::now() - began, config->plan_id, false});
    }
    const event::Report& report = shell.bus.report();
    // What has been done is announced by the exit status, whether or not somebody reads the table.
    if (!print(shell.options.log_format == "json" ? announce::summary_json(report) : announce::summary_text(report)))
        shell.bus.publish(event::Message{event::Level::warning, std::string("the summary cannot be written: ") + std::strerror(errno), ""});
    co_return exit;
}

}  // namespace pgprimer::cli
