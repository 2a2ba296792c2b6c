#include "commands.hpp"
#include "pgprimer/sql/survey.hpp"
#include "pgprimer/steps/look.hpp"
#include "pgprimer/steps/shell_script.hpp"

namespace pgprimer::cli {
namespace {

std::string counted(std::size_t count, const std::string& what) { return std::to_string(count) + " " + what + (count == 1 ? "" : "s"); }

}  // namespace

// Everything that can be known without a server: all failures at once.
Task<int> check(Shell& shell) {
    auto config = shell.load();
    if (!config) co_return shell.fail(config.error());
    std::vector<Diagnostic> failures;
    std::string text;
    for (const auto& step : config->steps) {
        auto looked = steps::look(step, *config, shell.files);
        if (!looked) {
            failures.push_back(looked.error());
            continue;
        }
        std::vector<sql::Script> scripts, shells;
        for (const auto& script : looked->scripts) (steps::is_shell_script(script.path) ? shells : scripts).push_back(script);
        if (auto startable = steps::check_shell_scripts(shell.files, shell.world().environment, shells, step); !startable)
            failures.push_back(startable.error());
        for (const auto& version : looked->versions) scripts.push_back(version.up);
        for (const auto& script : scripts) {
            auto survey = sql::survey(shell.files, script);
            if (!survey)
                failures.push_back(survey.error());
            else
                failures.insert(failures.end(), survey->refused.begin(), survey->refused.end());
        }
        text += step.name + " (" + config::kind_name(step.kind) + "): ";
        if (!looked->dialect.empty())
            text += looked->dialect + ", " + counted(looked->versions.size(), "migration");
        else if (!looked->scripts.empty())
            text += counted(looked->scripts.size(), "script");
        else
            text += "ok";
        text += step.enabled ? "\n" : " (enabled = false)\n";
    }
    if (!failures.empty()) {
        Diagnostic first = failures.front();
        first.error = Error::config;
        first.more.insert(first.more.end(), failures.begin() + 1, failures.end());
        co_return shell.fail(first);
    }
    co_return shell.show(text);
}

}  // namespace pgprimer::cli
