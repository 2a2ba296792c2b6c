#include "options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include "pgprimer/base/text.hpp"

namespace pgprimer::cli {
namespace {

constexpr std::array<const char*, 6> later{"serve", "import", "export", "revert", "snapshot", "runner"};

constexpr std::array<const char*, 4> levels{"debug", "info", "warning", "error"};

void add_common(CLI::App& app, Options& o) {
    app.add_option("--database-url", o.database_url, "the database, instead of [target]");
    app.add_option("--log-format", o.log_format, "text or json")->check(CLI::IsMember({"text", "json"}));
    app.add_option("--log-level", o.log_level, "debug, info, warning or error")
        ->check(CLI::IsMember(std::vector<std::string>(levels.begin(), levels.end())));
}

void add_config(CLI::App& app, Options& o) {
    app.add_option("--config", o.config, "the configuration; default: PGPRIMER_CONFIG, ./pgprimer.toml, /etc/pgprimer/pgprimer.toml");
}

constexpr std::array<std::array<const char*, 2>, 6> repairs{{{"mark-done", "an interrupted statement took effect: the next run goes on after it"},
                                                             {"mark-not-done", "it had no effect and left nothing: the next run executes it again"},
                                                             {"start-over", "the next run runs the unit from its beginning"},
                                                             {"accept", "the file as it is now is what was applied"},
                                                             {"forget", "delete the row of a unit whose file is gone"},
                                                             {"ledger", "make again what is missing of the ledger's tables and functions"}}};

CLI::App* command(CLI::App& app, Options& o, const char* name, const char* what, const char* example) {
    CLI::App* sub = app.add_subcommand(name, what);
    sub->footer(std::string("Example:\n  ") + example);
    add_common(*sub, o);
    return sub;
}

void add_all(CLI::App& app, Options& o) {
    auto* run = command(app, o, "run", "wait for the server, do the plan, exit (the default)", "pgprimer run --config pgprimer.toml");
    add_config(*run, o);
    run->add_flag("--dry-run", o.dry_run, "say what would be done, change nothing");
    run->add_option("--only", o.only, "only these steps (name or id)");
    run->add_option("--force", o.force, "run these steps' units again; migrations: only what is not cleanly applied");

    auto* wait = command(app, o, "wait", "wait until everything named is ready, then run a program",
                         "pgprimer wait --timeout 60s postgresql://app@db/app tcp://redis:6379 -- ./manage.py test");
    add_config(*wait, o);
    wait->add_option("--for", o.wait_for, "server, database (default), primed or primed=ID");
    wait->add_option("--timeout", o.timeout, "how long at the most; default 60s");
    wait->add_option("url", o.urls, "postgresql://, tcp://host:port, http(s)://; default: the configured database");

    command(app, o, "healthcheck", "0 when this container's own run has primed, else 1", "pgprimer healthcheck")
        ->add_option("--config", o.config, "the configuration");

    auto* sql = command(app, o, "sql", "run psql's scripts without psql; no ledger",
                        "pgprimer sql -v schema=app --database-url postgresql://app@db/app dump.sql.gz");
    add_config(*sql, o);
    sql->add_option("-v,--set,--variable", o.variables, "NAME=VALUE, a psql variable");
    sql->add_option("--on-error", o.on_error, "stop (default) or continue")->check(CLI::IsMember({"stop", "continue"}));
    sql->add_flag("-A,--no-align", o.unaligned, "results unaligned");
    sql->add_flag("-t,--tuples-only", o.tuples_only, "results' rows only");
    sql->add_flag("-x,--expanded", o.expanded, "a line for each value");
    sql->add_flag("--csv", o.csv, "results as CSV");
    sql->add_flag("-q,--quiet", o.quiet, "print no results");
    sql->add_option("-o,--output", o.output, "results into this file");
    sql->add_flag("--programs", o.programs, "\\! and backticks run programs");
    sql->add_option("file", o.files, "scripts; - is standard input")->required();

    auto* plan = command(app, o, "plan", "what would run, in order, and why; changes nothing", "pgprimer plan --json");
    add_config(*plan, o);
    plan->add_flag("--json", o.json, "as JSON");
    plan->add_option("--only", o.only, "only these steps (name or id)");
    plan->add_option("--force", o.force, "as for run");

    auto* status = command(app, o, "status", "what the ledger says", "pgprimer status");
    add_config(*status, o);
    status->add_flag("--json", o.json, "as JSON");

    add_config(*command(app, o, "check", "read the configuration and every file, connect to nothing", "pgprimer check"), o);

    auto* baseline =
        command(app, o, "baseline", "record units as applied without running them", "pgprimer baseline --step public-schema --to 20240101120000");
    add_config(*baseline, o);
    baseline->add_option("--step", o.step, "the step (name or id)")->required();
    baseline->add_flag("--all", o.all, "all of its units");
    baseline->add_option("--unit", o.units, "this unit");
    baseline->add_option("--to", o.to, "migrations: up to and with this version");

    auto* repair = command(app, o, "repair", "mend the ledger where it disagrees with files or database; shows what it will change, and asks",
                           "pgprimer repair --mark-done --step schema --unit 20240101120000");
    add_config(*repair, o);
    for (const auto& [flag, what] : repairs)
        repair->add_flag_callback(
            std::string("--") + flag, [&o, name = flag] { o.repairs.emplace_back(name); }, what);
    repair->add_option("--rename", o.rename, "OLD NEW: the rows of step OLD become those of step NEW")->expected(2);
    repair->add_option("--schema", o.schema, "a schema was dropped and made again: what is in it is what its rows say");
    repair->add_option("--step", o.step, "the step (name or id)");
    repair->add_option("--unit", o.units, "this unit");
    repair->add_flag("--all", o.all, "all units that it applies to; of all steps where none is named");
    repair->add_flag("--yes", o.yes, "do not ask");

    command(app, o, "install", "copy this binary to a shared volume", "pgprimer install /shared/pgprimer")
        ->add_option("path", o.path, "file or folder")
        ->required();
    command(app, o, "version", "print the version", "pgprimer version");
    command(app, o, "help", "print this help", "pgprimer help");
}

// CLI11's own words, but for an option that does not exist: that one gets the nearest.
Diagnostic explain(const CLI::ParseError& error, const CLI::App& app, const std::string& command) {
    Diagnostic wrong(Error::usage, error.what());
    wrong.hint = "pgprimer " + command + " --help shows what there is";
    const auto chosen = app.get_subcommands();
    if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr || chosen.empty()) return wrong;
    const auto left = chosen.front()->remaining();
    if (left.empty()) return wrong;
    const std::string first = left.front().substr(0, left.front().find('='));
    const bool is_option = first.starts_with('-');
    wrong.message = "`pgprimer " + command + "` takes no " + (is_option ? "option " : "argument ") + "\"" + first + "\"";
    if (!is_option) return wrong;
    std::vector<std::string> options;
    for (const auto* option : chosen.front()->get_options()) {
        for (const auto& name : option->get_lnames()) options.push_back("--" + name);
    }
    if (const auto near = nearest(first, options)) wrong.hint = "did you mean \"" + *near + "\"?";
    return wrong;
}

Result<void> check_repair(Options& o) {
    if (!o.rename.empty()) o.repairs.emplace_back("rename");
    if (!o.schema.empty()) o.repairs.emplace_back("schema");
    if (o.repairs.size() != 1) {
        return Diagnostic(
                   Error::usage,
                   "repair needs exactly one of --mark-done, --mark-not-done, --start-over, --accept, --forget, --rename, --schema and --ledger")
            .with_hint("pgprimer plan says what is wrong and names the command that mends it");
    }
    const std::string& what = o.repairs.front();
    const bool of_units = what != "rename" && what != "schema" && what != "ledger";
    if (of_units && (o.units.empty() != o.all || (o.step.empty() && !o.all)))
        return Diagnostic(Error::usage, "repair --" + what + " needs --step and --unit, or --all")
            .with_hint("pgprimer repair --help shows an example");
    if (!of_units && (!o.units.empty() || o.all || !o.step.empty()))
        return Diagnostic(Error::usage, "repair --" + what + " takes no --step, --unit or --all");
    return {};
}

}  // namespace

Result<Parsed> parse(int argc, char** argv, const std::map<std::string, std::string>& environment) {
    Parsed out;
    Options& o = out.options;
    std::vector<std::string> arguments(argv + 1, argv + argc);
    if (const auto end = std::ranges::find(arguments, "--"); end != arguments.end()) {
        o.program.assign(end + 1, arguments.end());
        arguments.erase(end, arguments.end());
        if (o.program.empty())
            return Diagnostic(Error::usage, "no program after --").with_hint("write it like: pgprimer wait tcp://redis:6379 -- ./manage.py test");
    }
    const auto variable = [&environment](const char* name) {
        const auto found = environment.find(name);
        return found == environment.end() ? std::string() : found->second;
    };
    if (const auto format = variable("PGPRIMER_LOG_FORMAT"); !format.empty()) o.log_format = format;
    if (const auto level = variable("PGPRIMER_LOG_LEVEL"); !level.empty()) o.log_level = level;
    // A command may also come from the environment; without any it is `run`.
    const bool has_command = !arguments.empty() && !arguments.front().starts_with("-");
    const bool asks_help = !arguments.empty() && (arguments.front() == "-h" || arguments.front() == "--help" || arguments.front() == "--version");
    if (!has_command && !asks_help) {
        const auto command = variable("PGPRIMER_COMMAND");
        arguments.insert(arguments.begin(), command.empty() ? "run" : command);
    }

    CLI::App app{
        "pgprimer primes PostgreSQL before anything else touches it: it waits until the server really is ready, runs init SQL,\n"
        "migrations and hooks, each once however often it is started, and only then lets what depends on it go.",
        "pgprimer"};
    app.set_version_flag("--version", "pgprimer " PGPRIMER_VERSION);
    app.require_subcommand(0, 1);
    app.footer(
        "Exit status: 0 done; 1 a step failed; 2 usage or configuration; 3 not ready in time; 4 no lock in time;\n"
        "5 the ledger disagrees; 6 the server refused us for good; 128+N ended by signal N.");
    add_all(app, o);

    std::vector<std::string> names;
    for (const auto* sub : app.get_subcommands({})) names.push_back(sub->get_name());
    const std::string name = arguments.empty() ? "" : arguments.front();
    if (!name.starts_with("-")) {
        if (std::ranges::find(later, name) != later.end())
            return Diagnostic(Error::usage, "`pgprimer " + name + "` is not available in this version")
                .with_hint("the commands are: " + join(names, ", "));
        if (std::ranges::find(names, name) == names.end()) {
            Diagnostic unknown(Error::usage, "there is no command \"" + name + "\"");
            const auto near = nearest(name, names);
            unknown.hint = near ? "did you mean \"" + *near + "\"?" : "the commands are: " + join(names, ", ");
            return unknown;
        }
        o.command = name;
    }
    std::ranges::reverse(arguments);
    try {
        app.parse(arguments);
    } catch (const CLI::CallForHelp&) {
        out.text = app.help();
        for (const auto* sub : app.get_subcommands()) out.text = sub->help("pgprimer");
        return out;
    } catch (const CLI::CallForVersion&) {
        out.text = "pgprimer " PGPRIMER_VERSION "\n";
        return out;
    } catch (const CLI::ParseError& error) { return explain(error, app, o.command); }
    if (o.command == "help") out.text = app.help();
    if (o.command == "version") out.text = "pgprimer " PGPRIMER_VERSION "\n";
    if (!o.program.empty() && o.command != "wait") return Diagnostic(Error::usage, "only `pgprimer wait` takes a program after --");
    if (o.command == "baseline" && int{o.all} + int{!o.units.empty()} + int{!o.to.empty()} != 1) {
        return Diagnostic(Error::usage, "baseline needs exactly one of --all, --unit and --to")
            .with_hint("pgprimer baseline --help shows an example");
    }
    if (o.command == "repair") PGPRIMER_CHECK(check_repair(o));
    if (std::ranges::find(levels, o.log_level) == std::end(levels))
        return Diagnostic(Error::usage, "PGPRIMER_LOG_LEVEL is \"" + o.log_level + "\"; it is debug, info, warning or error");
    if (o.log_format != "text" && o.log_format != "json")
        return Diagnostic(Error::usage, "PGPRIMER_LOG_FORMAT is \"" + o.log_format + "\"; it is text or json");
    return out;
}

}  // namespace pgprimer::cli
