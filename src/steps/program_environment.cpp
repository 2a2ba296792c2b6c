#include "program_environment.hpp"

#include <vector>

#include "pgprimer/base/text.hpp"
#include "pgprimer/steps/catalog.hpp"

namespace pgprimer::steps {
namespace {

// What the step says of its session, as libpq takes it from PGOPTIONS; blanks in a value are escaped.
std::string session_options(const config::Step& step, const config::Target& target) {
    std::string out;
    const auto set = [&out](const char* name, const std::string& value) {
        out += std::string(out.empty() ? "" : " ") + "-c " + name + "=";
        for (const char c : value) out.append(c == ' ' || c == '\\' ? "\\" : "").push_back(c);
    };
    const auto& path = step.search_path.empty() ? target.search_path : step.search_path;
    std::vector<std::string> names;
    for (const auto& schema : path) names.push_back(as_written(schema));
    if (!names.empty()) set("search_path", join(names, ","));
    if (step.set_role) set("role", *step.set_role);
    if (step.lock_timeout) set("lock_timeout", std::to_string(step.lock_timeout->count()) + "ms");
    if (step.statement_timeout) set("statement_timeout", std::to_string(step.statement_timeout->count()) + "ms");
    return out;
}

}  // namespace

std::map<std::string, std::string> program_environment(const config::Step& step, const Context& context) {
    auto env = context.environment;
    std::erase_if(env, [](const auto& entry) { return entry.first.starts_with("PGPRIMER_"); });
    for (const char* name : {"PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE", "PGPASSFILE", "PGOPTIONS"}) env.erase(name);
    const config::Target& server = context.config->target(step.target);
    const std::string options = session_options(step, server);
    // A hook is where dependents are; but what PGOPTIONS says does not get through a pooler, and what psql scripts do is ours.
    const bool as_dependent = server.dependents && std::holds_alternative<config::Exec>(step.kind) && options.empty();
    const config::Target& target = as_dependent ? *server.dependents : server;
    const auto list = [](const auto& values, auto text) {
        std::string out;
        for (const auto& value : values) out += (out.empty() ? "" : ",") + text(value);
        return out;
    };
    env["DATABASE_URL"] = target.url().reveal();
    env["PGHOST"] = list(target.hosts.value, [](const std::string& host) { return host; });
    env["PGPORT"] = list(target.ports.value, [](int port) { return std::to_string(port); });
    env["PGUSER"] = target.user.value;
    env["PGDATABASE"] = target.dbname.value;
    if (target.password.value.empty())
        env.erase("PGPASSWORD");
    else
        env["PGPASSWORD"] = target.password.value.reveal();
    if (const auto mode = target.parameters.find("sslmode"); mode != target.parameters.end()) env["PGSSLMODE"] = mode->second;
    if (!options.empty()) env["PGOPTIONS"] = options;
    // A pooler keeps its sessions, and their names, when the hook is gone: the next run would wait for them.
    if (as_dependent)
        env.erase("PGAPPNAME");
    else
        env["PGAPPNAME"] = ledger::session_name(context.run.id, step.id);
    return env;
}

}  // namespace pgprimer::steps
