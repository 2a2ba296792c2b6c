#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "pgprimer/base/result.hpp"
#include "pgprimer/config/config.hpp"
#include "pgprimer/io/files.hpp"

namespace pgprimer::config {

using Environment = std::map<std::string, std::string>;

// What the command line said.
struct Flags {
    std::optional<std::string> config_file;
    std::optional<std::string> database_url;
    std::string url_source = "--database-url";  // for messages
};

// Finds, reads and checks the configuration: flags, then environment, then file, then conventions (DESIGN 3 and 4).
// Reads files only through `files`. All errors of a file at once, in Diagnostic::more, each with place and nearest key.
// Neither hashes nor expands what steps name; that a literal (non-glob) path exists is checked by the steps.
Result<Config> load(const io::Files& files, const Environment& environment, const Flags& flags);

// A single address by the ranks of DESIGN 3, without a configuration file: for `wait` and `sql`.
Result<Target> load_target(const io::Files& files, const Environment& environment, const Flags& flags);

// An application's or libpq's URL: DESIGN 3's schemes and oddities. `source` is said of each part that it gives; parts it does
// not give stay empty. The text of an error never holds any part of the password.
Result<Target> parse_url(std::string_view url, std::string source);

}  // namespace pgprimer::config
