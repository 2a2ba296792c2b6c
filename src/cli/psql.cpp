#include "psql.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "pgprimer/base/text.hpp"
#include "pgprimer/config/psql.hpp"
#include "pgprimer/script/parts.hpp"
#include "pgprimer/steps/context.hpp"
#include "psql_text.hpp"

namespace pgprimer::cli {
namespace {

// psql says its name only where -f does.
constexpr const char* standard_input = "<stdin>";

constexpr int failure = 1, bad_connection = 2, script_failed = 3;

// psql's describe.c; what a server does not have yet or any more is empty.
std::string databases_sql(int version) {
    const char* locale = version >= 170000 ? "d.datlocale" : version >= 150000 ? "d.daticulocale" : "NULL";
    const char* provider =
        version >= 150000 ? "CASE d.datlocprovider WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' END" : "'libc'";
    return std::string(
               "SELECT d.datname AS \"Name\", pg_catalog.pg_get_userbyid(d.datdba) AS \"Owner\", "
               "pg_catalog.pg_encoding_to_char(d.encoding) AS \"Encoding\", d.datcollate AS \"Collate\", d.datctype AS \"Ctype\", ") +
           locale + " AS \"ICU Locale\", " + provider +
           " AS \"Locale Provider\", pg_catalog.array_to_string(d.datacl, E'\\n') AS \"Access privileges\" FROM pg_catalog.pg_database d ORDER BY 1";
}

class PsqlLog final : public event::Listener {
public:
    explicit PsqlLog(bool names_standard_input) : names_standard_input_(names_standard_input) {}

    void hear(const event::Event& event) override {
        if (const auto* problem = std::get_if<event::Problem>(&event)) {
            Diagnostic why = problem->diagnostic;
            drop_implied(why.place);
            write(psql_error_text(why));
        } else if (const auto* notice = std::get_if<event::Notice>(&event)) {
            event::Notice said = *notice;
            drop_implied(said.place);
            write(psql_notice_text(said));
        } else if (const auto* message = std::get_if<event::Message>(&event)) {
            write((message->level == event::Level::debug ? "psql: " : "") + message->text + "\n");  // \warn's is its own
        }
    }

private:
    void drop_implied(Place& place) const {
        if (!names_standard_input_ && place.file == standard_input) place.file.clear();
    }
    static void write(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stderr); }

    bool names_standard_input_;
};

bool is_conninfo(const std::string& dbname) {
    return dbname.starts_with("postgresql://") || dbname.starts_with("postgres://") || dbname.find('=') != std::string::npos;
}

Result<config::PsqlTarget> target_of(const PsqlOptions& o, Shell& shell) {
    std::map<std::string, std::string> given;
    if (o.dbname && is_conninfo(*o.dbname)) {
        PGPRIMER_TRY(given, pg::parse_conninfo(*o.dbname));
    } else if (o.dbname) {
        given["dbname"] = *o.dbname;
    }
    if (o.lists_databases && !given.contains("dbname")) given["dbname"] = "postgres";
    given.insert(o.connection.begin(), o.connection.end());  // what the connection string says counts more
    return config::psql_target(shell.files, shell.environment, std::move(given));
}

// As libpq says it, and where the parts came from.
Diagnostic not_connected(Diagnostic why, const config::Target& target) {
    if (why.error == Error::stopped) return why;
    const std::string host = target.hosts.value.front();
    const std::string port = std::to_string(target.ports.value.front());
    const std::string where = host.starts_with('/') ? "on socket \"" + host + "/.s.PGSQL." + port + "\"" : "at \"" + host + "\", port " + port;
    Diagnostic out(why.error, "connection to server " + where + " failed: " + (why.sqlstate.empty() ? "" : "FATAL:  ") + why.message);
    if (!why.sqlstate.empty()) out.detail = why.detail;
    out.hint = why.hint.empty() ? target.sources() : why.hint + "; " + target.sources();
    return out;
}

// What libpq would have sent while connecting; PgBouncer refuses that.
Task<Result<void>> set_up(pg::Connection& connection, const config::PsqlTarget& target, Deadline deadline) {
    std::string sql;
    const auto set = [&sql](const std::string& name, const std::string& value) {
        sql += (sql.empty() ? "SELECT " : ", ") + ("pg_catalog.set_config(" + quote_literal(name)) + ", " + quote_literal(value) + ", false)";
    };
    for (const auto& [name, value] : target.settings) set(name, value);
    const std::string encoding = target.client_encoding.value_or(connection.parameter("server_encoding"));
    if (encoding != "UTF8" && !encoding.empty() && encoding != "auto") set("client_encoding", encoding);
    if (sql.empty()) co_return Result<void>{};
    auto done = co_await connection.query(std::move(sql), deadline);
    if (!done) co_return done.error();
    co_return Result<void>{};
}

// A script that comes as it is written: by a coprocess, perhaps, that reads what each statement gave.
bool reads_pipe(const PsqlOptions& o) {
    struct stat there {};
    const bool reads = o.actions.empty() ||
                       std::ranges::any_of(o.actions, [](const auto& one) { return one.kind == PsqlOptions::Action::Kind::file && one.text == "-"; });
    return reads && ::fstat(STDIN_FILENO, &there) == 0 && !S_ISREG(there.st_mode);
}

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

class Psql {
public:
    Psql(Shell& shell, const PsqlOptions& options, std::string databases) : shell_(shell), o_(options), databases_(std::move(databases)) {}

    Task<int> run(script::Parts& parts) {
        if (o_.output) {
            if (const auto opened = co_await parts.write_to(*o_.output); !opened) co_return fail(opened.error(), failure);
        }
        int status = co_await actions(parts);
        if (const auto closed = co_await parts.close(); !closed && status == exit_done) status = fail(closed.error(), failure);
        co_return status;
    }

private:
    int fail(const Diagnostic& why, int status) {
        shell_.fail(why);
        if (why.error == Error::stopped) return exit_for_signal(why.signal);
        return why.error == Error::lost ? bad_connection : status;
    }

    // The last one's status counts, as in psql.
    Task<int> actions(script::Parts& parts) {
        if (o_.lists_databases) co_return co_await query(parts, databases_);
        const bool single = o_.single_transaction && !o_.actions.empty();  // as psql: not of what standard input says by itself
        if (single) {
            if (const auto begun = co_await parts.internal("BEGIN"); !begun) co_return fail(begun.error(), script_failed);
        }
        auto all = o_.actions;
        if (all.empty()) all.push_back({PsqlOptions::Action::Kind::file, "-"});
        int status = exit_done;
        for (const auto& action : all) {
            status = co_await one(parts, action);
            if (status == bad_connection || shell_.stop.requested()) co_return status;
            if (status != exit_done && parts.on_error_stop()) break;
        }
        if (!single) co_return status;
        const auto ended = co_await parts.internal(status == exit_done ? "COMMIT" : "ROLLBACK");
        if (!ended) {
            const int why = fail(ended.error(), script_failed);
            if (parts.on_error_stop()) co_return why;
        }
        co_return status;
    }

    Task<int> one(script::Parts& parts, const PsqlOptions::Action& action) {
        using Kind = PsqlOptions::Action::Kind;
        if (action.kind == Kind::file) co_return co_await file(parts, action.text);
        if (action.kind == Kind::query) co_return co_await query(parts, action.text);
        const std::size_t before = parts.failures();
        const auto done = co_await parts.command(action.text);
        if (!done) co_return fail(done.error(), failure);
        // What an included file passes over is not the command's.
        co_return parts.failures() > before && !action.text.starts_with("\\i") ? failure : exit_done;
    }

    Task<int> query(script::Parts& parts, std::string text) {
        const auto done = co_await parts.query(std::move(text));
        co_return done ? exit_done : fail(parts.worded(done.error()), failure);
    }

    Task<int> file(script::Parts& parts, std::string name) {
        sql::Script script;
        script.path = name;
        script.name = name == "-" ? standard_input : name;
        if (const auto opened = parts.open(script); !opened) co_return fail(opened.error(), failure);
        const auto played = co_await parts.play();
        if (played) co_return exit_done;
        const bool is_no_script = played.error().error == Error::config && played.error().place.line == 0;
        // Where it does not stop at errors it has ended for want of a connection.
        co_return fail(parts.worded(played.error()), is_no_script ? failure : parts.on_error_stop() ? script_failed : bad_connection);
    }

    Shell& shell_;
    const PsqlOptions& o_;
    std::string databases_;  // -l's query
};

}  // namespace

Task<int> psql(Shell& shell, PsqlOptions o) {
    PsqlLog log(!o.actions.empty());
    shell.bus.add(log);
    shell.bus.cut_at(std::string::npos);
    for (const auto& warning : o.warnings) shell.bus.publish(event::Message{event::Level::warning, "psql: warning: " + warning, ""});
    const auto target = target_of(o, shell);
    if (!target) {
        shell.fail(target.error());
        co_return bad_connection;
    }
    for (const auto& warning : target->target.warnings) shell.bus.publish(event::Message{event::Level::warning, "psql: warning: " + warning, ""});
    shell.hide_password(target->target);
    if (o.asks_password && target->target.password.value.empty()) {
        shell.fail(Diagnostic(Error::usage, "-W asks for a password, and nobody is there to be asked").with_hint("set PGPASSWORD, or PGPASSFILE"));
        co_return bad_connection;
    }
    File log_file;
    if (o.log_file) {
        log_file.reset(std::fopen(o.log_file->c_str(), "ae"));
        if (!log_file) {
            shell.fail(Diagnostic(Error::usage, "could not open log file \"" + *o.log_file + "\": " + std::strerror(errno)));
            co_return failure;
        }
    }

    const Deadline never = Deadline::never(&shell.stop);
    const auto patience = target->connect_timeout;
    const auto open = [&target, patience, never](pg::Address to, Deadline deadline) -> Task<Result<pg::Connection>> {
        const Deadline connecting = patience ? deadline.within(*patience) : deadline;
        PGPRIMER_CO_TRY(pg::Connection opened, co_await pg::Connection::open(std::move(to), connecting));
        PGPRIMER_CO_CHECK(co_await set_up(opened, *target, never));
        co_return std::move(opened);
    };
    pg::Address address = steps::address_of(target->target);
    address.application_name = target->application_name;
    auto connection = co_await open(std::move(address), never);
    if (!connection) {
        shell.fail(not_connected(connection.error(), target->target));
        co_return connection.error().error == Error::stopped ? exit_for_signal(connection.error().signal) : bad_connection;
    }

    script::Unit unit;
    unit.mode = script::Mode::autocommit;
    unit.script.may_run_programs = true;
    unit.script.variables = o.variables;
    unit.script.variables.try_emplace("ON_ERROR_STOP", "off");
    script::World world;
    world.files = &shell.files;
    world.bus = &shell.bus;
    world.connect = open;
    world.prepare = [&target](pg::Connection& session, Deadline deadline) -> Task<Result<void>> {
        auto done = co_await session.query("DISCARD ALL", deadline);
        if (!done) co_return done.error();
        co_return co_await set_up(session, *target, deadline);
    };
    world.environment = shell.environment;
    world.out = [&log_file](std::string_view text) {
        if (log_file) std::fwrite(text.data(), 1, text.size(), log_file.get());
        return print(text);
    };
    world.print = o.print;
    world.print.encoding = connection->parameter("client_encoding");
    if (o.lists_databases) world.print.title = "List of databases";
    world.tags = true;
    world.ahead = !reads_pipe(o);
    Psql all(shell, o, databases_sql(connection->server_version()));
    script::Parts parts(unit, *connection, world, never);
    co_return co_await all.run(parts);
}

}  // namespace pgprimer::cli
