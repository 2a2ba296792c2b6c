#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "commands.hpp"
#include "pgprimer/base/text.hpp"

namespace pgprimer::cli {

namespace {

void add_words(const config::Target& target, std::vector<std::string>& words) {
    words.push_back(target.user.value);
    words.push_back(target.dbname.value);
    words.insert(words.end(), target.hosts.value.begin(), target.hosts.value.end());
    if (target.dependents) add_words(*target.dependents, words);
}

// What the log cannot do without.
std::vector<std::string> public_words(const config::Config& config) {
    std::vector<std::string> out{"postgresql", "pgprimer", config.ledger_schema, config.project};
    for (const auto& target : config.targets) add_words(target, out);
    for (const auto& step : config.steps) {
        out.push_back(step.name);
        const auto* ensure = std::get_if<config::Ensure>(&step.kind);
        if (ensure == nullptr) continue;
        for (const auto& role : ensure->roles) out.push_back(role.name);
        for (const auto& schema : ensure->schemas) out.push_back(schema.name);
        for (const auto& database : ensure->databases) out.push_back(database.name);
    }
    return out;
}

}  // namespace

bool print(std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

int Shell::show(std::string_view text) {
    if (print(text)) return exit_done;
    return fail(Diagnostic(Error::failed, std::string("the output cannot be written: ") + std::strerror(errno)));
}

int Shell::fail(const Diagnostic& why) {
    bus.publish(event::Problem{event::Level::error, why});
    return exit_status(why);
}

Result<config::Config> Shell::load() {
    auto config = config::load(files, environment, flags());
    if (!config) return config;
    const auto words = public_words(*config);
    for (const auto& secret : config->secrets) bus.hide(secret, words);
    for (const auto& warning : config->warnings) bus.publish(event::Message{event::Level::warning, warning, ""});
    return config;
}

void Shell::hide_password(const config::Target& target) {
    std::vector<std::string> words{"postgresql"};
    add_words(target, words);
    bus.hide(target.password.value, words);
    bus.hide(target.written_password, words);
    if (target.dependents) hide_password(*target.dependents);
}

engine::World Shell::world() {
    engine::World world;
    world.files = &files;
    world.bus = &bus;
    world.stop = &stop;
    world.environment = environment;
    world.version = PGPRIMER_VERSION;
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) == 0) world.host = host.data();
    return world;
}

}  // namespace pgprimer::cli
