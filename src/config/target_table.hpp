#pragma once
#include "fields.hpp"

namespace pgprimer::config {

// [target] and [target.NAME], in the order written, completed from the lower ranks. `flag` overrides the first one as a whole.
std::vector<Target> read_targets(const toml::table* table, const std::optional<Target>& flag, const std::vector<Target>& lower, Reading& reading,
                                 const Environment& environment);

}  // namespace pgprimer::config
