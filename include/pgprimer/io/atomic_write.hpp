#pragma once
#include <string_view>

#include "pgprimer/io/files.hpp"

namespace pgprimer::io {

// Writes a temporary file beside it, fsyncs, renames. On failure the old file is untouched and nothing is left behind; the message
// names path, cause (no space, read-only, permission: owner, mode, our uid).
Result<void> atomic_write(const fs::path& path, std::string_view content, unsigned mode = 0644);

// Whether atomic_write() could write there, as far as that can be told without writing.
Result<void> check_writable(const fs::path& path);

Result<void> remove_if_there(const fs::path& path);

}  // namespace pgprimer::io
