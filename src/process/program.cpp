#include "program.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>

#include "pgprimer/base/text.hpp"

namespace pgprimer::process {
namespace {

std::string quoted(const std::string& name) { return "\"" + printable(name) + "\""; }

std::string mode_of(const struct stat& status) {
    char text[8];
    std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(status.st_mode) & 07777U);
    return text;
}

Diagnostic not_executable(const std::string& file, const struct stat& status) {
    const std::string mode = "mode " + mode_of(status);
    if ((status.st_mode & 0111U) == 0) return Diagnostic(Error::config, quoted(file) + " is not executable (" + mode + ")").with_hint("chmod +x it");
    return Diagnostic(Error::config, quoted(file) + " is not executable for uid " + std::to_string(::geteuid()) + " (" + mode + ", owner " +
                                         std::to_string(status.st_uid) + ")")
        .with_hint("give it the right mode; or its file system is mounted noexec");
}

// Why the file cannot be executed; `missing`: because nothing is there.
std::optional<Diagnostic> trouble_with(const std::string& file, bool& missing) {
    struct stat status {};
    missing = false;
    if (::stat(file.c_str(), &status) != 0) {
        missing = errno == ENOENT || errno == ENOTDIR;
        return Diagnostic(Error::config, missing ? quoted(file) + " does not exist" : quoted(file) + " cannot be executed: " + error_text(errno));
    }
    if (S_ISDIR(status.st_mode)) return Diagnostic(Error::config, quoted(file) + " is a folder, not a program");
    if (!S_ISREG(status.st_mode)) return Diagnostic(Error::config, quoted(file) + " is not a regular file");
    if (::faccessat(AT_FDCWD, file.c_str(), X_OK, AT_EACCESS) != 0) return not_executable(file, status);
    return std::nullopt;
}

// The dynamic loader that a 64-bit ELF file asks for, or nothing.
std::string loader_of(std::ifstream& file) {
    Elf64_Ehdr header{};
    file.clear();
    file.seekg(0);
    file.read(reinterpret_cast<char*>(&header), sizeof header);
    if (!file || header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_phentsize != sizeof(Elf64_Phdr)) return {};
    for (unsigned i = 0; i < header.e_phnum; ++i) {
        Elf64_Phdr part{};
        file.seekg(static_cast<std::streamoff>(header.e_phoff + i * sizeof part));
        file.read(reinterpret_cast<char*>(&part), sizeof part);
        if (!file) return {};
        if (part.p_type != PT_INTERP || part.p_filesz == 0 || part.p_filesz > 4096) continue;
        std::string name(part.p_filesz - 1, '\0');
        file.seekg(static_cast<std::streamoff>(part.p_offset));
        file.read(name.data(), static_cast<std::streamsize>(name.size()));
        return file ? name : std::string();
    }
    return {};
}

struct Head {
    bool elf = false;
    bool script = false;
    std::string interpreter;  // of a script; or an ELF file's loader
    std::string argument;     // of a script's interpreter: all that follows it
    bool carriage_return = false;
};

Head head_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string bytes(256, '\0');
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    Head head;
    if (bytes.starts_with("\177ELF")) {
        head.elf = true;
        head.interpreter = loader_of(file);
    } else if (bytes.starts_with("#!")) {
        head.script = true;
        auto line = bytes.substr(2, bytes.find('\n') - 2);
        if (line.ends_with('\r')) {
            head.carriage_return = true;
            line.pop_back();
        }
        const auto from = line.find_first_not_of(" \t");
        if (from != std::string::npos) {
            head.interpreter = line.substr(from, line.find_first_of(" \t", from) - from);
            head.argument = trim(std::string_view(line).substr(from + head.interpreter.size()));
        }
    }
    return head;
}

Diagnostic without_interpreter(const std::string& file, const Head& head) {
    if (head.script) {
        Diagnostic why(Error::config, quoted(file) + " names an interpreter that does not exist: " + quoted(head.interpreter));
        if (head.carriage_return) {
            why.message =
                quoted(file) + " has a #! line that ends with a carriage return: there is no interpreter " + quoted(head.interpreter + "\r");
            why.hint = "save it with \\n line ends";
        } else {
            why.hint = "install " + head.interpreter + " in this image, or correct the file's first line";
        }
        return why;
    }
    const std::string loader = head.interpreter.empty() ? "" : ": " + quoted(head.interpreter);
    return Diagnostic(Error::config, quoted(file) + " needs a dynamic loader that does not exist" + loader)
        .with_hint("it was built for another C library than this image's (musl, glibc)");
}

// `#!/usr/bin/env -S NAME ARG`: NAME; "" of other interpreters.
std::string sought_by_env(const Head& head) {
    if (!head.script || std::filesystem::path(head.interpreter).filename() != "env") return {};
    for (const auto& word : split(head.argument, ' ')) {
        if (!word.empty() && !word.starts_with('-') && word.find('=') == std::string::npos) return word;
    }
    return {};
}

}  // namespace

std::string error_text(int error) { return std::generic_category().message(error); }

std::vector<char*> pointers(std::vector<std::string>& list) {
    std::vector<char*> out;
    out.reserve(list.size() + 1);
    for (auto& text : list) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
}

std::vector<std::string> entries(const std::map<std::string, std::string>& env) {
    std::vector<std::string> out;
    out.reserve(env.size());
    for (const auto& [name, value] : env) out.push_back(name + "=" + value);
    return out;
}

Diagnostic explain_cwd(const std::string& cwd, int error) {
    const std::string what = "the working folder " + quoted(cwd);
    if (error == ENOENT) return {Error::config, what + " does not exist"};
    if (error == ENOTDIR) return {Error::config, what + " is not a folder"};
    return {Error::config, what + " cannot be entered: " + error_text(error)};
}

Diagnostic explain_exec(const std::string& file, int error) {
    const Head head = head_of(file);
    switch (error) {
        case ENOENT:
        case ENOTDIR: {
            bool missing = false;
            if (auto gone = trouble_with(file, missing)) return *gone;
            return without_interpreter(file, head);
        }
        case EACCES: {
            bool missing = false;
            if (auto why = trouble_with(file, missing)) return *why;
            if (head.script) return {Error::config, quoted(file) + " names an interpreter that is not executable: " + quoted(head.interpreter)};
            return {Error::config, quoted(file) + " cannot be executed: " + error_text(error)};
        }
        case ENOEXEC:
            if (head.elf)
                return Diagnostic(Error::config, quoted(file) + " is a program for another machine").with_hint("build it for this image's processor");
            return Diagnostic(Error::config, quoted(file) + " is neither a program nor a script with a #! line")
                .with_hint("begin it with #! and its interpreter");
        case E2BIG: return {Error::config, quoted(file) + " cannot be started: arguments and environment are too long"};
        case EAGAIN:
        case ENOMEM:
        case EMFILE:
        case ENFILE: return {Error::failed, quoted(file) + " cannot be started: " + error_text(error)};
        default: return {Error::config, quoted(file) + " cannot be started: " + error_text(error)};
    }
}

Result<std::string> find_program(const Command& command) {
    if (command.argv.empty() || command.argv[0].empty()) return Diagnostic(Error::config, "a program to start is not named");
    const auto has_nul = [](const std::string& text) { return text.find('\0') != std::string::npos; };
    for (const auto& argument : command.argv) {
        if (has_nul(argument)) return Diagnostic(Error::config, "an argument of " + quoted(command.argv[0]) + " contains a NUL byte");
    }
    for (const auto& [name, value] : command.env) {
        if (name.empty() || name.find('=') != std::string::npos || has_nul(name))
            return Diagnostic(Error::config, quoted(name) + " is no name for an environment variable");
        if (has_nul(value)) return Diagnostic(Error::config, "the environment variable " + quoted(name) + " contains a NUL byte");
    }
    const std::string& name = command.argv[0];
    const std::string& cwd = command.cwd;
    if (has_nul(cwd)) return explain_cwd(cwd, ENOENT);
    struct stat status {};
    if (!cwd.empty() && ::stat(cwd.c_str(), &status) != 0) return explain_cwd(cwd, errno);
    if (!cwd.empty() && !S_ISDIR(status.st_mode)) return explain_cwd(cwd, ENOTDIR);

    const auto in_cwd = [&cwd](const std::string& path) {
        return path.starts_with('/') || cwd.empty() ? path : cwd + "/" + (path.starts_with("./") ? path.substr(2) : path);
    };
    // The parent's cwd may be relative to what the child will have entered by then.
    const auto absolute = [](const std::string& path) {
        if (path.starts_with('/')) return path;
        std::error_code ignored;
        return (std::filesystem::current_path(ignored) / path).string();
    };
    bool missing = false;
    if (name.find('/') != std::string::npos) {
        const std::string file = absolute(in_cwd(name));
        if (auto why = trouble_with(file, missing)) {
            if (missing && !name.starts_with('/'))
                why->hint = "with a / in its name it is looked for from the working folder, " + (cwd.empty() ? std::string(".") : cwd);
            else if (missing)
                why->hint = "look at the path and at what is mounted";
            return *why;
        }
        return file;
    }
    const auto found = command.env.find("PATH");
    const std::string path = found != command.env.end() ? found->second : "/bin:/usr/bin";
    std::optional<Diagnostic> first;
    for (const auto& folder : split(path, ':')) {
        const std::string file = absolute(in_cwd((folder.empty() ? "." : folder) + "/" + name));
        auto why = trouble_with(file, missing);
        if (!why) return file;
        if (!missing && !first) first = std::move(why);
    }
    if (first) return *first;
    Diagnostic why(Error::config, quoted(name) + " is not found in PATH");
    why.hint = "install it in this image, or name it with its folder";
    why.detail = found != command.env.end() ? "PATH is " + quoted(path) : "PATH is not set; searched " + quoted(path);
    return why;
}

Result<void> check(const Command& command) {
    PGPRIMER_TRY(const std::string file, find_program(command));
    const Head head = head_of(file);
    struct stat status {};
    const bool gone = !head.interpreter.empty() && ::stat(head.interpreter.c_str(), &status) != 0;
    if (gone || (head.script && head.carriage_return)) return without_interpreter(file, head);
    const std::string name = sought_by_env(head);
    if (name.empty()) return {};
    const auto found = find_program({{name}, command.env, command.cwd});
    if (found) return {};
    Diagnostic why = found.error();
    why.message = quoted(file) + " names an interpreter: " + why.message;
    return why;
}

}  // namespace pgprimer::process
