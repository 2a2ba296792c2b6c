#pragma once
#include "pgprimer/io/files.hpp"

namespace pgprimer::io {

// "owner 0:0, mode 0600; we are 65532:65532"; "" where it is not there.
std::string whose(const fs::path& path);

// Error::config: the path, what cannot be done, errno's text, and for a lack of rights who owns it and who we are.
Diagnostic system_failure(const std::string& what, const fs::path& path, int error);

}  // namespace pgprimer::io
