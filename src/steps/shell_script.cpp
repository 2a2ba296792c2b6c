#include "pgprimer/steps/shell_script.hpp"

#include <array>

#include "pgprimer/base/text.hpp"
#include "pgprimer/io/digest.hpp"
#include "program_environment.hpp"
#include "program_output.hpp"
#include "psql_link.hpp"

namespace pgprimer::steps {
namespace {

constexpr std::array<const char*, 2> shells{"/bin/bash", "/bin/sh"};

// What sourced files find in the image's entrypoint besides its options, as far as any shell knows it.
constexpr const char* for_all = R"sh(set -e
docker_process_sql() {
    psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --no-password --no-psqlrc ${POSTGRES_DB:+--dbname "$POSTGRES_DB"} "$@"
}
)sh";
constexpr const char* for_bash = R"sh(set -E -o pipefail
psql=(docker_process_sql)
file_env() {
    local file="$1_FILE" value="${!1:-}"
    if [ -n "$value" ] && [ -n "${!file:-}" ]; then
        echo "error: $1 and $file are both set" >&2
        exit 1
    fi
    if [ -z "$value" ]; then
        value="${2:-}"
        if [ -n "${!file:-}" ]; then value="$(cat "${!file}")"; fi
    fi
    export "$1=$value"
    unset "$file"
}
docker_process_init_files() {
    local one
    for one; do
        case "$one" in
            *.sh) if [ -x "$one" ]; then "$one"; else . "$one"; fi ;;
            *.sql | *.sql.gz | *.sql.xz | *.sql.zst) docker_process_sql -f "$one" ;;
            *) echo "ignoring $one" ;;
        esac
    done
}
)sh";
// busybox's knows it, dash of Debian 12 does not.
constexpr const char* for_others = "if (set -o pipefail) 2>/dev/null; then set -o pipefail; fi\n";
constexpr const char* source_it = "f=$1; shift; . \"$f\"\n";

const char* shell_of(const io::Files& files) {
    for (const char* shell : shells) {
        const auto stat = files.stat(shell);
        if (stat && stat->type == io::Stat::Type::file && stat->executable) return shell;
    }
    return nullptr;
}

// Whether the kernel knows what to do with it; a shell runs the others itself.
bool starts_itself(const io::Files& files, const io::fs::path& path) {
    std::array<char, 4> head{};
    const auto source = files.open_raw(path);
    if (!source) return true;  // only it can tell
    const auto got = (*source)->read(head.data(), head.size());
    const std::string_view bytes(head.data(), got ? *got : 0);
    return bytes.starts_with("#!") || bytes == "\177ELF";
}

// Saved under Windows: no shell reads that.
bool has_carriage_returns(const io::Files& files, const io::fs::path& path) {
    std::string bytes(4096, '\0');
    const auto source = files.open_raw(path);
    if (!source) return false;
    const auto got = (*source)->read(bytes.data(), bytes.size());
    return got && std::string_view(bytes).substr(0, *got).find("\r\n") != std::string_view::npos;
}

process::Command command_of(const ShellCommand& command, const config::Step& step, const Context& context) {
    process::Command out;
    out.argv = command.argv;
    out.cwd = context.config->folder.string();
    auto& env = out.env = program_environment(step, context);
    const config::Target& target = context.config->target(step.target);
    env["POSTGRES_USER"] = target.user.value;
    env["POSTGRES_DB"] = target.dbname.value;
    env["POSTGRES_PASSWORD"] = target.password.value.reveal();
    for (const char* name : {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD", "POSTGRES_INITDB_ARGS"}) env.erase(std::string(name) + "_FILE");
    return out;
}

Diagnostic no_shell_for(const std::string& names, const config::Step& step) {
    Diagnostic why(Error::config, "there is no shell in this image, neither /bin/bash nor /bin/sh, for " + names);
    why.step = step.name;
    return why.with_hint(
        "write them as SQL; or run pgprimer in an image with a shell (COPY --from its image); what has been applied already: "
        "pgprimer baseline --step " +
        step.id + " --unit FILE");
}

}  // namespace

bool is_shell_script(const io::fs::path& path) { return path.native().ends_with(".sh"); }

Result<ShellCommand> shell_command(const io::Files& files, const io::fs::path& path) {
    const auto stat = files.stat(path);
    const bool executable = stat && stat->executable;
    if (executable && starts_itself(files, path)) return ShellCommand{{path.string()}, "run"};
    const char* shell = shell_of(files);
    if (shell == nullptr) return Diagnostic(Error::config, "there is no shell in this image for \"" + path.string() + "\"");
    if (executable) return ShellCommand{{shell, path.string()}, std::string("run by ") + shell};
    const bool is_bash = shell == shells.front();
    return ShellCommand{{shell, "-c", std::string(for_all) + (is_bash ? for_bash : for_others) + source_it, path.string(), path.string()},
                        std::string("sourced by ") + shell};
}

Result<void> check_shell_scripts(const io::Files& files, const std::map<std::string, std::string>& environment,
                                 const std::vector<sql::Script>& scripts, const config::Step& step) {
    std::vector<std::string> without_shell;
    std::vector<Diagnostic> failures;
    for (const auto& script : scripts) {
        const auto command = shell_command(files, script.path);
        if (!command) {
            without_shell.push_back(script.name);
            continue;
        }
        auto startable = process::check({command->argv, environment, ""});
        if (startable) continue;
        failures.push_back(startable.error());
        failures.back().step = step.name;
    }
    if (!without_shell.empty()) failures.insert(failures.begin(), no_shell_for(join(without_shell, ", "), step));
    if (failures.empty()) return {};
    Diagnostic first = failures.front();
    first.more.assign(failures.begin() + 1, failures.end());
    return first;
}

Task<Result<void>> run_shell_script(ShellWork work, const config::Step& step, const Context& context, Deadline deadline) {
    const auto fail = [&step](Diagnostic why) {
        why.step = step.name;
        return why;
    };
    const auto now = io::text_digest(*context.files, work.script.path);
    if (!now) co_return fail(now.error());
    if (*now != work.checksum) {
        Diagnostic changed(Error::config, "\"" + work.script.path + "\" changed while the run was going on; it was not run");
        co_return fail(std::move(changed).with_hint("run again"));
    }
    const auto how = shell_command(*context.files, work.script.path);
    if (!how) co_return fail(no_shell_for(work.script.name, step));
    process::Command command = command_of(*how, step, context);
    const auto tmpdir = command.env.find("TMPDIR");
    const auto link = PsqlLink::make(tmpdir == command.env.end() ? "" : tmpdir->second);
    if (link) {
        std::string& path = command.env["PATH"];
        path = link->folder() + ":" + (path.empty() ? "/usr/local/bin:/usr/bin:/bin" : path);
    } else {
        context.bus->publish(event::Message{event::Level::warning, "psql is not mapped to pgprimer: " + link.error().message, step.name});
    }
    ProgramOutput out(*context.bus, step.name, false), err(*context.bus, step.name, true);
    const process::OnLine on_line = [&out, &err](process::Stream stream, std::string_view line, bool continued) {
        (stream == process::Stream::err ? err : out).take(line, continued);
    };
    auto ended = co_await process::run(std::move(command), on_line, deadline);
    if (!ended) {
        Diagnostic why = ended.error();
        if (why.error == Error::config && why.place.file.empty()) why.place.file = work.script.name;
        co_return fail(std::move(why));
    }
    if (ended->success()) co_return Result<void>{};
    Diagnostic why(Error::failed,
                   (how->how == "run" ? "it " : how->how + ", it ") + (ended->signal != 0 ? "was " : "ended with ") + ended->describe());
    why.place.file = work.script.name;
    why.hint = "its output, if any, stands above, under [" + step.name + "]";
    if (has_carriage_returns(*context.files, work.script.path)) why.hint += "\nits lines end with carriage returns: save it with \\n line ends";
    if (work.first_contact)
        why.hint +=
            "\nif it found made what it makes, and the postgres service mounts this folder too: mount it here only, or record what that one did: "
            "pgprimer baseline --step " +
            step.id + " --all";
    co_return fail(std::move(why));
}

}  // namespace pgprimer::steps
