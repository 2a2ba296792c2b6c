#pragma once
// What the command line said, for all commands.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "pgprimer/base/result.hpp"

namespace pgprimer::cli {

struct Options {
    std::string command = "run";
    std::optional<std::string> config, database_url;
    std::string log_format = "text", log_level = "info";
    bool json = false;
    // run
    bool dry_run = false;
    std::vector<std::string> only, force;
    // wait
    std::string wait_for = "database";
    std::string timeout;
    std::vector<std::string> urls, program;
    // sql
    std::vector<std::string> variables, files;
    std::string on_error = "stop";
    bool quiet = false, unaligned = false, tuples_only = false, expanded = false, csv = false, programs = false;
    std::string output;
    // baseline
    std::string step, to;
    std::vector<std::string> units;
    bool all = false;
    // repair; step, units and all as of baseline
    std::vector<std::string> repairs, rename;  // its flags, without --
    std::string schema;
    bool yes = false;
    // install
    std::string path;
};

// Parses; `text` is what --help or --version print, to be shown with exit status 0. Error::usage otherwise.
struct Parsed {
    Options options;
    std::optional<std::string> text;
};
Result<Parsed> parse(int argc, char** argv, const std::map<std::string, std::string>& environment);

}  // namespace pgprimer::cli
