#include "pgprimer/process/child.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <utility>

#include "program.hpp"

namespace pgprimer::process {
namespace {

constexpr std::array<std::pair<int, const char*>, 31> signal_names{{
    {SIGHUP, "SIGHUP"},   {SIGINT, "SIGINT"},       {SIGQUIT, "SIGQUIT"}, {SIGILL, "SIGILL"},       {SIGTRAP, "SIGTRAP"}, {SIGABRT, "SIGABRT"},
    {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},       {SIGKILL, "SIGKILL"}, {SIGUSR1, "SIGUSR1"},     {SIGSEGV, "SIGSEGV"}, {SIGUSR2, "SIGUSR2"},
    {SIGPIPE, "SIGPIPE"}, {SIGALRM, "SIGALRM"},     {SIGTERM, "SIGTERM"}, {SIGSTKFLT, "SIGSTKFLT"}, {SIGCHLD, "SIGCHLD"}, {SIGCONT, "SIGCONT"},
    {SIGSTOP, "SIGSTOP"}, {SIGTSTP, "SIGTSTP"},     {SIGTTIN, "SIGTTIN"}, {SIGTTOU, "SIGTTOU"},     {SIGURG, "SIGURG"},   {SIGXCPU, "SIGXCPU"},
    {SIGXFSZ, "SIGXFSZ"}, {SIGVTALRM, "SIGVTALRM"}, {SIGPROF, "SIGPROF"}, {SIGWINCH, "SIGWINCH"},   {SIGIO, "SIGIO"},     {SIGPWR, "SIGPWR"},
    {SIGSYS, "SIGSYS"},
}};

}  // namespace

std::string Exit::describe() const {
    if (signal == 0) return "exit status " + std::to_string(status);
    const auto named = std::find_if(signal_names.begin(), signal_names.end(), [this](const auto& entry) { return entry.first == signal; });
    if (named == signal_names.end()) return "killed by signal " + std::to_string(signal);
    return std::string("killed by ") + named->second + " (" + std::to_string(signal) + ")";
}

Diagnostic replace(const Command& command) {
    auto file = find_program(command);
    if (!file) return file.error();
    auto arguments = command.argv;
    auto environment = entries(command.env);
    const auto argv = pointers(arguments);
    const auto envp = pointers(environment);
    std::fflush(nullptr);
    if (!command.cwd.empty() && ::chdir(command.cwd.c_str()) != 0) return explain_cwd(command.cwd, errno);
    // We ignore SIGPIPE; handlers fall back to the default by themselves. What our own parent let be ignored stays so.
    struct sigaction fallback {};
    struct sigaction before {};
    fallback.sa_handler = SIG_DFL;
    ::sigaction(SIGPIPE, &fallback, &before);
    ::execve(file->c_str(), argv.data(), envp.data());
    const int error = errno;
    ::sigaction(SIGPIPE, &before, nullptr);
    return explain_exec(*file, error);
}

std::map<std::string, std::string> environment() {
    std::map<std::string, std::string> out;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const auto equals = text.find('=');
        if (equals != std::string_view::npos && equals > 0) out.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return out;
}

}  // namespace pgprimer::process
