#pragma once
#include <filesystem>
#include <memory>

#include "pgprimer/io/files.hpp"

namespace pgprimer::sql {

// A file of so many bytes as they are: where it turns out to have others when its end is reached, that is an error, so that the half of a line with
// which a file ends that somebody is writing is not run.
std::unique_ptr<io::Source> steady(std::unique_ptr<io::Source> source, std::filesystem::path path, std::uint64_t size);

}  // namespace pgprimer::sql
