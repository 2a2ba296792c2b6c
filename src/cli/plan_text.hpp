#pragma once
#include <string>

#include "pgprimer/engine/run.hpp"

namespace pgprimer::cli {

std::string plan_text(const config::Config& config, const engine::Finished& planned);
std::string plan_json(const config::Config& config, const engine::Finished& planned);

}  // namespace pgprimer::cli
