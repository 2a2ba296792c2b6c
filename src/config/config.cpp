#include "pgprimer/config/config.hpp"

#include <algorithm>
#include <array>

namespace pgprimer::config {

const char* kind_name(const Kind& kind) {
    static constexpr std::array<const char*, 6> names{"sql", "migrations", "exec", "ensure", "expect", "flush"};
    static_assert(std::variant_size_v<Kind> == names.size());
    return names[kind.index()];
}

bool takes_default_lock_timeout(const Step& step) { return !step.lock_timeout && std::holds_alternative<Migrations>(step.kind); }

const Target& Config::target(const std::string& name) const {
    const auto found = std::ranges::find(targets, name, &Target::name);
    return name.empty() || found == targets.end() ? targets.front() : *found;
}

const Step* Config::step(const std::string& id_or_name) const {
    auto found = std::ranges::find(steps, id_or_name, &Step::id);
    if (found == steps.end()) found = std::ranges::find(steps, id_or_name, &Step::name);
    return found == steps.end() ? nullptr : &*found;
}

}  // namespace pgprimer::config
