#pragma once
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <string>

namespace pgprimer::sql {

// Which language a script is written in.
enum class Syntax {
    psql,    // meta-commands, :variables, COPY data inline
    plain,   // statements only; a backslash command is an error; COPY data inline as pg_dump writes it is still understood
    goose,   // plain, with `-- +goose StatementBegin|StatementEnd` (what is between them is one statement)
    flyway,  // plain, with ${placeholders} (from `variables`; unknown ones are an error)
};

// Part of a file that is run: a whole file, or the up part of a migration. Places stay those of the file.
struct Script {
    std::string path;         // as opened; a filesystem::path would keep its parts besides, for each of many thousand migrations
    std::string name;         // as shown and recorded
    std::uint64_t begin = 0;  // bytes of the unpacked content
    std::uint64_t end = std::numeric_limits<std::uint64_t>::max();
    int first_line = 1;  // number of the line at `begin`
    Syntax syntax = Syntax::psql;
    std::map<std::string, std::string> variables;  // psql variables, or placeholders
    bool may_run_programs = false;                 // \! and backticks
};

// How a file that `parent` includes is shown: as `parent` is, where both are below one folder.
std::string name_beside(const Script& parent, const std::filesystem::path& path);

}  // namespace pgprimer::sql
