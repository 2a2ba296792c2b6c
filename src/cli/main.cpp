#include "pgprimer/cli/main.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <map>
#include <string>
#include <string_view>

#include "commands.hpp"
#include "pgprimer/announce/log.hpp"
#include "pgprimer/pg/environment.hpp"
#include "pgprimer/process/child.hpp"
#include "psql.hpp"
#include "psql_text.hpp"

namespace pgprimer::cli {
namespace {

namespace asio = boost::asio;

Task<int> dispatch(Shell& shell) {
    const std::string& command = shell.options.command;
    if (command == "run") co_return co_await run(shell);
    if (command == "plan") co_return co_await plan(shell);
    if (command == "status") co_return co_await status(shell);
    if (command == "check") co_return co_await check(shell);
    if (command == "wait") co_return co_await wait(shell);
    if (command == "sql") co_return co_await sql(shell);
    if (command == "baseline") co_return co_await baseline(shell);
    if (command == "repair") co_return co_await repair(shell);
    if (command == "install") co_return install(shell);
    co_return healthcheck(shell);
}

// One io_context, until the command has ended; the first SIGTERM, SIGINT or SIGHUP asks it to stop.
int play(Shell& shell, Task<int> command) {
    asio::io_context context(1);
    asio::signal_set signals(context, SIGTERM, SIGINT, SIGHUP);
    signals.async_wait([&shell](const boost::system::error_code& error, int signal) {
        if (!error) shell.stop.request(signal);
    });
    if (::getpid() == 1) {
        asio::co_spawn(context, process::reap_orphans(Deadline::never()), [](std::exception_ptr) {});
    }
    int status = 1;
    std::exception_ptr failure;
    const auto ended = [&](std::exception_ptr thrown, int value) {
        failure = thrown;
        status = value;
        signals.cancel();
        context.stop();
    };
    asio::co_spawn(context, std::move(command), ended);
    context.run();
    if (failure) std::rethrow_exception(failure);
    return status;
}

// Of a command line that could not be read.
bool wants_json(int argc, char** argv, const std::map<std::string, std::string>& environment) {
    const auto set = environment.find("PGPRIMER_LOG_FORMAT");
    bool json = set != environment.end() && set->second == "json";
    for (int i = 1; i < argc && std::string_view(argv[i]) != "--"; ++i) {
        const std::string_view argument(argv[i]);
        if (argument == "--log-format" && i + 1 < argc) json = std::string_view(argv[i + 1]) == "json";
        if (argument.starts_with("--log-format=")) json = argument.substr(13) == "json";
    }
    return json;
}

// Where one of the standard streams is closed, the next file or socket to be opened would get its number, and our output with it.
void open_standard_streams() {
    int fd = 0;
    do { fd = ::open("/dev/null", O_RDWR); } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0) ::close(fd);
}

// Everybody may read a process's arguments: once they are read by us, an address in them loses its login.
void hide_logins(int argc, char** argv) {
    for (int i = 1; i < argc && std::string_view(argv[i]) != "--"; ++i) {
        const std::string_view argument(argv[i]);
        const auto begin = argument.find("://"), at = argument.rfind('@'), word = argument.find("password=");
        if (begin == std::string_view::npos) continue;
        if (at != std::string_view::npos && at > begin + 3) std::fill(argv[i] + begin + 3, argv[i] + at, '*');
        if (word != std::string_view::npos) std::fill(argv[i] + word + 9, argv[i] + std::min(argument.find('&', word), argument.size()), '*');
    }
}

// A link that is named psql.
bool is_called_psql(std::string_view name) { return name.substr(name.rfind('/') + 1) == "psql"; }

int psql_by_name(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    auto parsed = parse_psql(arguments);
    hide_logins(argc, argv);
    if (!parsed) {
        std::fputs(psql_error_text(parsed.error()).c_str(), stderr);
        return 1;
    }
    if (parsed->text) return print(*parsed->text) ? exit_done : 1;
    Shell shell;
    shell.environment = process::environment();
    return play(shell, psql(shell, std::move(parsed->options)));
}

}  // namespace

int main(int argc, char** argv) noexcept {
    try {
        open_standard_streams();
        std::signal(SIGPIPE, SIG_IGN);
        if (argc > 0 && is_called_psql(argv[0])) return psql_by_name(argc, argv);
        Shell shell;
        shell.environment = process::environment();
        pg::forget_environment();
        auto parsed = parse(argc, argv, shell.environment);
        const bool json = wants_json(argc, argv, shell.environment);
        hide_logins(argc, argv);
        if (!parsed) {
            announce::Log log(json, "info");
            shell.bus.add(log);
            const int status = shell.fail(parsed.error());
            return argc > 1 && std::string_view(argv[1]) == "healthcheck" ? 1 : status;  // Docker reserves 2
        }
        if (parsed->text) return print(*parsed->text) ? exit_done : 1;
        shell.options = parsed->options;
        announce::Log log(shell.options.log_format == "json", shell.options.log_level);
        shell.bus.add(log);
        return play(shell, dispatch(shell));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "error: a defect of pgprimer: %s\n", error.what());
        return 1;
    }
}

}  // namespace pgprimer::cli
