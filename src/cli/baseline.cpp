#include "commands.hpp"

namespace pgprimer::cli {

Task<int> baseline(Shell& shell) {
    auto config = shell.load();
    if (!config) co_return shell.fail(config.error());
    engine::BaselineRequest wanted{shell.options.step, shell.options.all, shell.options.units, shell.options.to};
    auto recorded = co_await engine::baseline(*config, wanted, shell.world());
    if (!recorded) co_return shell.fail(recorded.error());
    std::string text;
    for (const auto& unit : *recorded) text += "recorded as applied: " + unit + "\n";
    if (recorded->empty()) text = "nothing to record: all of these are in the ledger already\n";
    co_return shell.show(text);
}

}  // namespace pgprimer::cli
