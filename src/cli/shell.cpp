#include <unistd.h>

#include "commands.hpp"
#include "pgprimer/base/text.hpp"

namespace pgprimer::cli {

bool print(std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

int Shell::fail(const Diagnostic& why) {
    bus.publish(event::Problem{event::Level::error, why});
    return exit_status(why);
}

Result<config::Config> Shell::load() {
    auto config = config::load(files, environment, flags());
    if (!config) return config;
    for (const auto& secret : config->secrets) bus.hide(secret);
    for (const auto& target : config->targets) bus.hide(target.password.value);
    for (const auto& warning : config->warnings) bus.publish(event::Message{event::Level::warning, warning, ""});
    return config;
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
