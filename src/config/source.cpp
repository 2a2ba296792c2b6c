#include "source.hpp"

#include <algorithm>
#include <array>

#include "pgprimer/base/text.hpp"

namespace pgprimer::config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_configuration = 8U << 20U;

Result<SourceText> read_source(const io::Files& files, const fs::path& path, const std::string& named_by) {
    const auto stat = files.stat(path);
    const auto failure = [&path](std::string message) {
        Diagnostic out(Error::config, std::move(message));
        out.place.file = path.string();
        return out;
    };
    if (!stat) {
        // Behind a closed door it may well be there.
        const auto opened = files.open_raw(path);
        if (!opened && !opened.error().detail.empty()) return opened.error();
        Diagnostic missing = failure("the configuration \"" + path.string() + "\" is not there");
        missing.hint = named_by.empty() ? ""
                                        : "it is named by " + named_by +
                                              (path.is_absolute() ? "; is it mounted?" : "; the working directory is " + fs::current_path().string());
        return missing;
    }
    if (stat->type == io::Stat::Type::directory) {
        const bool holds_one = files.stat(path / "pgprimer.toml").has_value();
        return failure("\"" + path.string() + "\" is a folder, not a configuration")
            .with_hint(holds_one ? "name " + (path / "pgprimer.toml").string() : "name a file");
    }
    auto text = io::read_all(files, path, largest_configuration);
    if (!text) {
        Diagnostic why = text.error();
        if (why.hint.empty())
            why.hint = named_by.empty() ? "a configuration is a short text; is this one?"
                                        : "a configuration is a short text; is " + named_by + " the right file?";
        return why;
    }
    if (text->starts_with("\xFF\xFE") || text->starts_with("\xFE\xFF"))
        return failure("\"" + path.string() + "\" is UTF-16 text").with_hint("save it as UTF-8");
    if (text->find('\0') != std::string::npos)
        return failure("\"" + path.string() + "\" is binary (it holds NUL bytes), not TOML")
            .with_hint("a configuration is a text in UTF-8; is this the right file?");
    if (text->starts_with("\xEF\xBB\xBF")) text->erase(0, 3);
    const fs::path absolute = fs::absolute(path);
    return SourceText{path, absolute.parent_path(), path.string(), std::move(*text)};
}

bool is_folder(const io::Files& files, const char* path) {
    const auto stat = files.stat(path);
    return stat && stat->type == io::Stat::Type::directory;
}

Step step_of(std::string id, std::string name, Kind kind) {
    Step step;
    step.id = std::move(id);
    step.name = std::move(name);
    step.kind = std::move(kind);
    return step;
}

}  // namespace

Result<std::optional<SourceText>> find_source(const io::Files& files, const Environment& environment, const Flags& flags) {
    const auto given = [&environment](const char* name) {
        const auto found = environment.find(name);
        return found == environment.end() ? "" : found->second;
    };
    const auto wrap = [](Result<SourceText> read) -> Result<std::optional<SourceText>> {
        if (!read) return read.error();
        return std::optional(std::move(read).value());
    };
    if (flags.config_file) return wrap(read_source(files, *flags.config_file, "--config"));
    if (const auto named = given("PGPRIMER_CONFIG"); !named.empty()) return wrap(read_source(files, named, "environment PGPRIMER_CONFIG"));
    if (auto text = given("PGPRIMER_CONFIG_TOML"); !text.empty()) {
        return std::optional(SourceText{"", fs::current_path(), "PGPRIMER_CONFIG_TOML", std::move(text)});
    }
    for (const char* path : {"pgprimer.toml", "/etc/pgprimer/pgprimer.toml"}) {
        if (files.stat(path)) return wrap(read_source(files, path, ""));
    }
    return std::optional<SourceText>{};
}

Result<std::vector<Step>> conventional_steps(const io::Files& files) {
    std::vector<Step> out;
    for (const auto& [path, id] :
         {std::pair<const char*, const char*>{"/initdb", "initdb"}, {"/docker-entrypoint-initdb.d", "docker-entrypoint-initdb-d"}}) {
        if (!is_folder(files, path)) continue;
        PGPRIMER_TRY(const auto names, files.list(path));
        const bool any = std::ranges::any_of(names, [](const std::string& name) {
            const auto ends = [&name](const char* with) { return name.ends_with(with); };
            return !name.starts_with('.') && std::ranges::any_of(std::array{".sql", ".sql.gz", ".sql.xz", ".sql.zst", ".sh"}, ends);
        });
        if (!any) continue;
        Sql kind;
        kind.patterns.push_back({std::string(path) + "/*", {}});
        out.push_back(step_of(id, path, std::move(kind)));
    }
    if (is_folder(files, "/migrations")) {
        Migrations kind;
        kind.folders.push_back({"/migrations", {}});
        out.push_back(step_of("migrations", "/migrations", std::move(kind)));
    }
    if (is_folder(files, "/hooks")) {
        PGPRIMER_TRY(const auto names, files.list("/hooks"));
        for (const auto& name : names) {
            const auto stat = files.stat(fs::path("/hooks") / name);
            if (name.starts_with('.') || !stat || stat->type != io::Stat::Type::file || !stat->executable) continue;
            Exec kind;
            kind.argv = {"/hooks/" + name};
            out.push_back(step_of("hooks-" + slug(name), "/hooks/" + name, std::move(kind)));
        }
    }
    return out;
}

}  // namespace pgprimer::config
