#pragma once
// psql's command line, for what is called by its name.
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pgprimer/base/result.hpp"
#include "pgprimer/pg/print.hpp"

namespace pgprimer::cli {

struct PsqlOptions {
    struct Action {
        enum class Kind { query, command, file } kind = Kind::query;
        std::string text;
    };
    std::vector<Action> actions;                    // -c and -f in their order
    std::map<std::string, std::string> connection;  // host, port, user, by libpq's keywords
    std::optional<std::string> dbname;              // or a connection string
    std::map<std::string, std::string> variables;
    pg::PrintOptions print;
    std::optional<std::string> output, log_file;  // -o, -L
    bool lists_databases = false;                 // -l
    bool single_transaction = false;
    bool asks_password = false;  // -W
    std::vector<std::string> warnings;
};

// `text` is what --help or --version print. Error::usage in getopt's words.
struct PsqlParsed {
    PsqlOptions options;
    std::optional<std::string> text;
};
Result<PsqlParsed> parse_psql(std::span<const std::string> arguments);

}  // namespace pgprimer::cli
