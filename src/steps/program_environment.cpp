#include "program_environment.hpp"

#include "pgprimer/base/text.hpp"

namespace pgprimer::steps {

std::map<std::string, std::string> program_environment(const config::Step& step, const Context& context) {
    auto env = context.environment;
    std::erase_if(env, [](const auto& entry) { return entry.first.starts_with("PGPRIMER_"); });
    for (const char* name : {"PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE", "PGPASSFILE", "PGOPTIONS"}) env.erase(name);
    const config::Target& target = context.config->target(step.target);
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
    const auto& path = step.search_path.empty() ? target.search_path : step.search_path;
    if (!path.empty()) env["PGOPTIONS"] = "-c search_path=" + join(path, ",");
    env["PGAPPNAME"] = ledger::session_name(context.run.id, step.id);
    return env;
}

}  // namespace pgprimer::steps
