#include "psql_options.hpp"

#include <algorithm>
#include <array>

#include "pgprimer/base/text.hpp"
#include "pgprimer/script/pset.hpp"
#include "pgprimer/script/variables.hpp"

namespace pgprimer::cli {
namespace {

constexpr const char* help = R"(This is pgprimer, called as psql: it runs what scripts give to psql, and asks nobody.

Usage:
  psql [OPTION]... [DBNAME [USERNAME]]

  -c, --command=COMMAND     run one command (SQL or \...), then exit; may be given again
  -f, --file=FILENAME       run a script, - for standard input; without -c, -f: standard input
  -v, --set=NAME=VALUE      set a variable (ON_ERROR_STOP=1)
  -1, --single-transaction  all of it in one transaction
  -d, -h, -p, -U            database or connection string, host, port, user
  -w, -W                    no password; a password, which has to be known: PGPASSWORD, PGPASSFILE
  -l, --list                list databases
  -o, -L                    results into a file; also into a file
  -a, -e, -q                echo lines, queries; be quiet
  -A, -t, -x, -H, --csv, -F, -R, -z, -0, -T, -P VAR[=ARG]    how results are printed
  -X, -n, -b, -E, -S        as psql's; -X is what is always done
  -V, -?                    version, this help
)";

struct Option {
    char letter;
    const char* name;
    bool takes_value;
};
constexpr std::array<Option, 36> known{{{'a', "echo-all", false},
                                        {'A', "no-align", false},
                                        {'b', "echo-errors", false},
                                        {'c', "command", true},
                                        {'d', "dbname", true},
                                        {'e', "echo-queries", false},
                                        {'E', "echo-hidden", false},
                                        {'f', "file", true},
                                        {'F', "field-separator", true},
                                        {'z', "field-separator-zero", false},
                                        {'h', "host", true},
                                        {'H', "html", false},
                                        {'l', "list", false},
                                        {'L', "log-file", true},
                                        {'n', "no-readline", false},
                                        {'1', "single-transaction", false},
                                        {'o', "output", true},
                                        {'p', "port", true},
                                        {'P', "pset", true},
                                        {'q', "quiet", false},
                                        {'R', "record-separator", true},
                                        {'0', "record-separator-zero", false},
                                        {'s', "single-step", false},
                                        {'S', "single-line", false},
                                        {'t', "tuples-only", false},
                                        {'T', "table-attr", true},
                                        {'U', "username", true},
                                        {'v', "set", true},
                                        {'v', "variable", true},
                                        {'V', "version", false},
                                        {'w', "no-password", false},
                                        {'W', "password", false},
                                        {'x', "expanded", false},
                                        {'X', "no-psqlrc", false},
                                        {'?', "help", false},
                                        {'2', "csv", false}}};

Diagnostic wrong(std::string message) { return {Error::usage, std::move(message)}; }

Diagnostic misused(std::string message) { return wrong(std::move(message)).with_hint("Try \"psql --help\" for more information."); }

Result<void> set_variable(const std::string& definition, PsqlOptions& out) {
    const auto equals = definition.find('=');
    const std::string name = definition.substr(0, equals);
    auto value = script::Variables::check(name, equals == std::string::npos ? "" : definition.substr(equals + 1));
    if (!value) return wrong("-v " + printable(name) + ": " + value.error().message);
    if (equals == std::string::npos)
        out.variables.erase(name);
    else
        out.variables[name] = std::move(value).value();
    return {};
}

Result<void> set_print(const std::string& name, const std::optional<std::string>& value, PsqlOptions& out) {
    if (const auto set = script::set_option(name, value, out.print); !set) {
        return wrong("could not set printing parameter \"" + printable(name) + "\"").with_detail(set.error().message);
    }
    return {};
}

class Parser {
public:
    explicit Parser(std::span<const std::string> arguments) : rest_(arguments) {}

    Result<PsqlParsed> parse() {
        bool options_end = false;
        while (!rest_.empty() && !out_.text) {
            const std::string word = next();
            if (options_end || word == "-" || !word.starts_with('-')) {
                operands_.push_back(word);
            } else if (word == "--") {
                options_end = true;
            } else {
                PGPRIMER_CHECK(word.starts_with("--") ? long_option(word.substr(2)) : short_options(word));
            }
        }
        if (out_.text) return std::move(out_);
        PsqlOptions& o = out_.options;
        for (const auto& operand : operands_) {
            if (!o.dbname)
                o.dbname = operand;
            else if (!o.connection.contains("user"))
                o.connection["user"] = operand;
            else
                o.warnings.push_back("extra command-line argument \"" + printable(operand) + "\" ignored");
        }
        return std::move(out_);
    }

private:
    std::string next() {
        std::string word = rest_.front();
        rest_ = rest_.subspan(1);
        return word;
    }

    // -tAc 'SELECT 1', -fFILE
    Result<void> short_options(const std::string& word) {
        for (std::size_t i = 1; i < word.size() && !out_.text; ++i) {
            const auto* option = std::ranges::find(known, word[i], &Option::letter);
            if (option == known.end() || option->letter == '2')
                return misused(std::string("invalid option -- '") + printable(word.substr(i, 1)) + "'");
            if (!option->takes_value) {
                PGPRIMER_CHECK(apply(option->letter, ""));
                continue;
            }
            if (i + 1 == word.size() && rest_.empty()) return misused(std::string("option requires an argument -- '") + option->letter + "'");
            return apply(option->letter, i + 1 < word.size() ? word.substr(i + 1) : next());
        }
        return {};
    }

    // --file=FILE, --file FILE; a beginning that only one option has will do.
    Result<void> long_option(const std::string& word) {
        const auto equals = word.find('=');
        const std::string name = word.substr(0, equals);
        const Option* found = nullptr;
        for (const auto& option : known) {
            if (name.empty() || !std::string_view(option.name).starts_with(name)) continue;
            if (option.name == name) {
                found = &option;
                break;
            }
            if (found != nullptr) return misused("option '--" + printable(name) + "' is ambiguous");
            found = &option;
        }
        if (found == nullptr) return misused("unrecognized option '--" + printable(name) + "'");
        const std::string shown = std::string("option '--") + found->name + "'";
        if (!found->takes_value && equals != std::string::npos && found->letter != '?') return misused(shown + " doesn't allow an argument");
        if (!found->takes_value) return apply(found->letter, "");
        if (equals != std::string::npos) return apply(found->letter, word.substr(equals + 1));
        if (rest_.empty()) return misused(shown + " requires an argument");
        return apply(found->letter, next());
    }

    Result<void> apply(char letter, const std::string& value) {
        using Kind = PsqlOptions::Action::Kind;
        PsqlOptions& o = out_.options;
        switch (letter) {
            case 'a': o.variables["ECHO"] = "all"; break;
            case 'b': o.variables["ECHO"] = "errors"; break;
            case 'e': o.variables["ECHO"] = "queries"; break;
            case 'E': o.variables["ECHO_HIDDEN"] = "on"; break;
            case 'q': o.variables["QUIET"] = "on"; break;
            case 'S': o.variables["SINGLELINE"] = "on"; break;
            case 'v': return set_variable(value, out_.options);
            case 'c': o.actions.push_back({value.starts_with('\\') ? Kind::command : Kind::query, value}); break;
            case 'f': o.actions.push_back({Kind::file, value}); break;
            case 'd': o.dbname = value; break;
            case 'h': o.connection["host"] = value; break;
            case 'p': o.connection["port"] = value; break;
            case 'U': o.connection["user"] = value; break;
            case 'w': o.asks_password = false; break;
            case 'W': o.asks_password = true; break;
            case 'l': o.lists_databases = true; break;
            case 'L': o.log_file = value; break;
            case 'o': o.output = value; break;
            case '1': o.single_transaction = true; break;
            case 's': return wrong("-s (--single-step) asks before each command, and nobody is there").with_hint("run it without -s");
            case 'V': out_.text = "psql (PostgreSQL) " + pg::client_version() + " (pgprimer " PGPRIMER_VERSION ")\n"; break;
            case '?': out_.text = help; break;
            case 'n':
            case 'X': break;
            default: return print_option(letter, value);
        }
        return {};
    }

    Result<void> print_option(char letter, const std::string& value) {
        pg::PrintOptions& print = out_.options.print;
        switch (letter) {
            case 'A': print.format = pg::PrintFormat::unaligned; break;
            case 'H': print.format = pg::PrintFormat::html; break;
            case '2': print.format = pg::PrintFormat::csv; break;
            case 't': print.tuples_only = true; break;
            case 'x': print.expanded = pg::PrintOptions::Expanded::on; break;
            case 'z': print.field_separator_zero = true; break;
            case '0': print.record_separator_zero = true; break;
            case 'F': return set_print("fieldsep", value, out_.options);
            case 'R': return set_print("recordsep", value, out_.options);
            case 'T': return set_print("tableattr", value, out_.options);
            default: {  // -P
                const auto equals = value.find('=');
                std::optional<std::string> set;
                if (equals != std::string::npos) set = value.substr(equals + 1);
                return set_print(value.substr(0, equals), set, out_.options);
            }
        }
        return {};
    }

    std::span<const std::string> rest_;
    std::vector<std::string> operands_;
    PsqlParsed out_;
};

}  // namespace

Result<PsqlParsed> parse_psql(std::span<const std::string> arguments) { return Parser(arguments).parse(); }

}  // namespace pgprimer::cli
