#pragma once
// Lines of a file that begin with a comment of a tool's own: `-- migrate:up`, `-- +goose Up`.
#include <span>
#include <string>
#include <vector>

#include "pgprimer/io/files.hpp"

namespace pgprimer::migration {

struct Mark {
    std::string text;         // after "-- ", trimmed
    std::uint64_t begin = 0;  // of its line, in bytes of the unpacked content
    std::uint64_t after = 0;  // of the next line
    int line = 0;
};

// Marks whose text begins with `prefix`. Into `code` the first line that is neither blank nor a comment, and 0 where there is none.
Result<std::vector<Mark>> find_marks(const io::Files& files, const io::fs::path& path, std::string_view prefix, int* code = nullptr);

// Whether any of the numbered files has such a mark: one that has is that tool's, and its down part must never run.
bool any_marked(const io::Files& files, const io::fs::path& folder, std::span<const std::string> names, std::string_view prefix);

}  // namespace pgprimer::migration
