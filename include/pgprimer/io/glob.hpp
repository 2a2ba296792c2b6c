#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pgprimer/io/files.hpp"

namespace pgprimer::io {

bool is_glob(std::string_view pattern);  // has * ? [ or {

struct Match {
    std::string path;
    std::optional<Stat> stat;  // none: a link to what is not there
};

// Files that match, in byte order of their paths, each once by real path (the first name wins). `*` `?` `[a-z]` `{a,b}` within a name, `**` over
// folders. Names with a leading dot are skipped unless the pattern's part has one too; `**` also skips node_modules and virtual
// environments (folders with a pyvenv.cfg), and does not go round in circles of links. A pattern without magic is itself, if it is a file.
Result<std::vector<Match>> glob(const Files& files, const fs::path& folder, std::string_view pattern);

}  // namespace pgprimer::io
