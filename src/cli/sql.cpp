#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "commands.hpp"
#include "pgprimer/base/text.hpp"
#include "pgprimer/pg/probe.hpp"
#include "pgprimer/script/player.hpp"
#include "pgprimer/script/variables.hpp"
#include "pgprimer/steps/context.hpp"

namespace pgprimer::cli {
namespace {

// \echo goes to standard output, in its place among the results.
class Output final : public event::Listener {
public:
    void hear(const event::Event& event) override {
        if (const auto* output = std::get_if<event::ScriptOutput>(&event)) print(output->text);
    }
};

Result<std::map<std::string, std::string>> variables_of(const Options& options) {
    std::map<std::string, std::string> out;
    for (const auto& definition : options.variables) {
        const auto equals = definition.find('=');
        if (equals == 0) return Diagnostic(Error::usage, "-v \"" + definition + "\" is not of the form NAME=VALUE");
        const std::string name = definition.substr(0, equals);
        auto value = script::Variables::check(name, equals == std::string::npos ? "" : definition.substr(equals + 1));
        if (!value) return Diagnostic(Error::usage, "-v " + printable(name) + ": " + value.error().message).with_hint(value.error().hint);
        out[name] = std::move(value).value();
    }
    return out;
}

pg::PrintOptions print_of(const Options& options) {
    pg::PrintOptions out;
    if (options.unaligned) out.format = pg::PrintFormat::unaligned;
    if (options.csv) out.format = pg::PrintFormat::csv;
    if (options.expanded) out.expanded = pg::PrintOptions::Expanded::on;
    out.tuples_only = options.tuples_only;
    return out;
}

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

sql::Script script_of(const std::string& file, const std::map<std::string, std::string>& variables, bool programs) {
    sql::Script script;
    script.path = file;
    script.name = file == "-" ? "standard input" : file;
    script.variables = variables;
    script.may_run_programs = programs;
    return script;
}

}  // namespace

Task<int> sql(Shell& shell) {
    const Options& o = shell.options;
    auto variables = variables_of(o);
    if (!variables) co_return shell.fail(variables.error());
    config::Flags flags = shell.flags();
    auto target = config::load_target(shell.files, shell.environment, flags);
    if (!target) co_return shell.fail(target.error());
    shell.hide_password(*target);
    Output output;
    shell.bus.add(output);
    // What is wrong with the files is said before anything is connected to; unless errors are to be passed over.
    for (const auto& file : o.files) {
        if (file == "-" || o.on_error != "stop") continue;
        auto survey = sql::survey(shell.files, script_of(file, *variables, o.programs), sql::Checksum::left_out);
        if (!survey) co_return shell.fail(survey.error());
        const auto& refused = survey->refused_commands;
        if (refused.empty()) continue;
        Diagnostic first = refused.front();
        first.error = Error::config;
        first.more.insert(first.more.end(), refused.begin() + 1, refused.end());
        co_return shell.fail(first);
    }
    std::unique_ptr<std::FILE, CloseFile> results;
    if (!o.output.empty()) {
        results.reset(std::fopen(o.output.c_str(), "we"));
        if (!results) co_return shell.fail(Diagnostic(Error::usage, "\"" + o.output + "\" cannot be written: " + std::strerror(errno)));
    }

    pg::Wants wants;
    wants.sources = target->sources();
    wants.writable = false;
    wants.socket_only = true;
    event::Bus& bus = shell.bus;
    const std::string shown = target->display();
    pg::OnState on_state = [&bus, shown](pg::Readiness state, const Diagnostic&, SteadyClock::duration waited) {
        if (state != pg::Readiness::ready) bus.publish(event::Readiness{shown, pg::to_string(state), pg::describe(state), waited, false});
    };
    const Deadline connecting = Deadline::after(std::chrono::seconds{60}, &shell.stop);
    pg::Address address = steps::address_of(*target);
    const auto encoding = shell.environment.find("PGCLIENTENCODING");  // as psql: without it the server's choice
    address.client_encoding = encoding == shell.environment.end() ? "" : encoding->second;
    for (const auto& file : o.files) {
        // One session a file.
        auto probed = co_await pg::wait_ready(address, wants, on_state, connecting);
        if (!probed) co_return shell.fail(probed.error());
        script::Unit unit;
        unit.script = script_of(file, *variables, o.programs);
        unit.mode = script::Mode::autocommit;
        unit.script.variables.try_emplace("QUIET", "on");
        unit.script.variables.try_emplace("ON_ERROR_STOP", o.on_error == "stop" ? "on" : "off");
        script::World world;
        world.files = &shell.files;
        world.bus = &shell.bus;
        world.connect = [](pg::Address to, Deadline deadline) -> Task<Result<pg::Connection>> {
            return pg::Connection::open(std::move(to), deadline);
        };
        world.prepare = [](pg::Connection& connection, Deadline deadline) -> Task<Result<void>> {
            auto done = co_await connection.query("DISCARD ALL", deadline);
            if (!done) co_return done.error();
            co_return Result<void>{};
        };
        world.environment = shell.environment;
        world.print = print_of(o);
        if (results) {
            world.results_name = o.output;
            world.results = [&results](std::string_view text) {
                return std::fwrite(text.data(), 1, text.size(), results.get()) == text.size() && std::fflush(results.get()) == 0;
            };
        }
        if (!o.quiet) world.out = [](std::string_view text) { return print(text); };
        auto played = co_await script::play(unit, probed->connection, world, Deadline::never(&shell.stop));
        if (!played) {
            Diagnostic why = played.error();
            if (why.error == Error::lost) why.error = Error::failed;
            co_return shell.fail(why);
        }
    }
    co_return exit_done;
}

}  // namespace pgprimer::cli
