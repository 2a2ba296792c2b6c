#pragma once
// Which configuration there is, and its text.
#include <optional>
#include <string>

#include "pgprimer/config/load.hpp"

namespace pgprimer::config {

struct SourceText {
    std::filesystem::path file;    // empty: from PGPRIMER_CONFIG_TOML
    std::filesystem::path folder;  // absolute
    std::string shown;
    std::string text;
};

// nullopt: there is none anywhere.
Result<std::optional<SourceText>> find_source(const io::Files& files, const Environment& environment, const Flags& flags);

// The steps that the container's folders make without a configuration (DESIGN 4).
Result<std::vector<Step>> conventional_steps(const io::Files& files);

}  // namespace pgprimer::config
