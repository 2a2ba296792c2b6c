#include "plan_text.hpp"

#include <algorithm>

#include "pgprimer/base/text.hpp"

namespace pgprimer::cli {
namespace {

std::string target_json(const config::Target& target) {
    return "{\"name\":" + json_quote(target.name) + ",\"url\":" + json_quote(target.display()) + ",\"sources\":" + json_quote(target.sources()) + "}";
}

}  // namespace

std::string plan_text(const config::Config& config, const engine::Finished& planned) {
    std::string out = "Plan " + planned.plan_id + " from " + config.source + "\n";
    for (const auto& target : config.targets) {
        out += "Target " + (target.name.empty() ? "" : target.name + ": ") + target.display() + "  (" + target.sources() + ")\n";
    }
    std::string current;
    std::size_t number = 0, to_do = 0, unchanged = 0;
    const auto close = [&out, &unchanged] {
        if (unchanged > 0) out += "     = " + std::to_string(unchanged) + " unchanged\n";
        unchanged = 0;
    };
    for (const auto& line : planned.planned) {
        if (line.step != current || number == 0) {
            close();
            current = line.step;
            out += "\n" + std::to_string(++number) + ". " + line.name + " (" + line.kind + ")\n";
        }
        if (line.nothing && !line.unit.empty() && line.action == "skip" && line.why.starts_with("unchanged")) {
            ++unchanged;
            continue;
        }
        out += std::string("     ") + (line.nothing ? "= " : "+ ") + line.action + (line.unit.empty() ? "" : " " + line.unit) + ": " + line.why;
        if (!line.mode.empty()) out += " [" + line.mode + "]";
        out += "\n";
        to_do += line.nothing ? 0 : 1;
    }
    close();
    return out + "\n" + (to_do == 0 ? "Nothing to do.\n" : std::to_string(to_do) + " to do. Nothing was changed.\n");
}

std::string plan_json(const config::Config& config, const engine::Finished& planned) {
    std::string out = "{\"plan\":" + json_quote(planned.plan_id) + ",\"source\":" + json_quote(config.source) + ",\"targets\":[";
    for (std::size_t i = 0; i < config.targets.size(); ++i) out += (i > 0 ? "," : "") + target_json(config.targets[i]);
    out += "],\"actions\":[";
    for (std::size_t i = 0; i < planned.planned.size(); ++i) {
        const auto& line = planned.planned[i];
        out += (i > 0 ? "," : "") + std::string("{\"step\":") + json_quote(line.step) + ",\"name\":" + json_quote(line.name) +
               ",\"kind\":" + json_quote(line.kind) + ",\"unit\":" + json_quote(line.unit) + ",\"action\":" + json_quote(line.action) +
               ",\"why\":" + json_quote(line.why) + ",\"mode\":" + json_quote(line.mode) + ",\"nothing\":" + (line.nothing ? "true" : "false") + "}";
    }
    return out + "]}\n";
}

}  // namespace pgprimer::cli
