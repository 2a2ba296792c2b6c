#pragma once
#include "fields.hpp"

namespace pgprimer::config {

// One [[step]], `number` from 1. Names in needs, invalidates and target are resolved later.
std::optional<Step> read_step(const toml::table& table, std::size_t number, Reading& reading);

Ensure read_ensure(const toml::table& table, Reading& reading);

}  // namespace pgprimer::config
