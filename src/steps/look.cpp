#include "pgprimer/steps/look.hpp"

#include <set>

#include "ensure_wanted.hpp"
#include "pgprimer/io/digest.hpp"
#include "pgprimer/io/glob.hpp"
#include "pgprimer/migration/dialect.hpp"
#include "pgprimer/sql/survey.hpp"

namespace pgprimer::steps {
namespace {

std::string line_of(std::string_view text, int number) {
    while (--number > 0) {
        const auto end = text.find('\n');
        if (end == std::string_view::npos) return "";
        text.remove_prefix(end + 1);
    }
    return std::string(text.substr(0, text.find('\n')));
}

// A failure of a file as a whole is told at the place that names it.
Diagnostic placed(Diagnostic failure, const Place& place, const config::Step& step, const config::Config& config) {
    if (failure.place.line == 0 && place.line > 0) {
        failure.place = place;
        failure.line_text = line_of(config.text, place.line);
    }
    if (failure.step.empty()) failure.step = step.name;
    failure.error = Error::config;
    return failure;
}

// The files that the patterns name, in the order written, each pattern's in byte order, each file once.
Result<std::vector<Located<io::fs::path>>> expand(const std::vector<Located<std::string>>& patterns, const config::Step& step, const config::Config& config,
                                         const io::Files& files, bool may_be_empty) {
    std::vector<Located<io::fs::path>> out;
    std::set<io::fs::path> seen;
    for (const auto& pattern : patterns) {
        auto found = io::glob(files, config.folder, *pattern);
        if (!found) return placed(found.error(), pattern.place, step, config);
        if (found->empty() && !may_be_empty) {
            const auto path = config.folder / *pattern;
            const auto stat = files.stat(path);
            if (stat && stat->type == io::Stat::Type::directory) {
                return placed(Diagnostic(Error::config, "\"" + *pattern + "\" is a folder, not a file").with_hint("write \"" + *pattern + "/*.sql\""), pattern.place, step, config);
            }
            if (io::is_glob(*pattern)) {
                return placed(Diagnostic(Error::config, "\"" + *pattern + "\" matches no file").with_detail("looked for in " + config.folder.string()).with_hint("look at the pattern and at what is mounted there"), pattern.place, step, config);
            }
            const auto opened = files.open_raw(path);
            if (!opened && !opened.error().detail.empty()) return placed(opened.error(), pattern.place, step, config);  // behind a closed door
            return placed(Diagnostic(Error::config, "\"" + path.string() + "\" is not there").with_hint("paths are relative to the configuration's folder, " + config.folder.string()),
                          pattern.place, step, config);
        }
        for (auto& path : *found) {
            // A glob by itself names no file twice.
            if (patterns.size() == 1 || seen.insert(files.real_path(path)).second) out.push_back({std::move(path), pattern.place});
        }
    }
    return out;
}

Result<Looked> look_sql(const config::Sql& kind, const config::Step& step, const config::Config& config, const io::Files& files) {
    Looked out;
    PGPRIMER_TRY(const auto paths, expand(kind.patterns, step, config, files, false));
    io::Digest digest;
    digest.field("sql");
    for (const auto& [path, place] : paths) {
        sql::Script script;
        script.path = path;
        script.name = unit_name(path, config.folder);
        script.variables = kind.variables;
        auto checksum = sql::checksum(files, script);
        if (!checksum) return placed(checksum.error(), place, step, config);
        digest.field(script.name).field(*checksum);
        out.units.push_back({script.name, path.string(), *checksum, ""});
        out.scripts.push_back(std::move(script));
    }
    for (const auto& [name, value] : kind.variables) digest.field(name).field(value);
    out.always = kind.rerun == config::Rerun::always;
    out.digest = digest.hex();
    return out;
}

Result<Looked> look_migrations(const config::Migrations& kind, const config::Step& step, const config::Config& config, const io::Files& files) {
    std::vector<io::fs::path> folders;
    for (const auto& folder : kind.folders) {
        auto path = config.folder / *folder;
        const auto stat = files.stat(path);
        if (!stat || stat->type != io::Stat::Type::directory) {
            return placed(Diagnostic(Error::config, "\"" + path.string() + (stat ? "\" is no folder" : "\" is not there"))
                              .with_hint(stat ? "name the folder that holds the migrations" : "paths are relative to the configuration's folder, " + config.folder.string()), folder.place, step, config);
        }
        folders.push_back(std::move(path));
    }
    auto loaded = migration::load(files, folders, kind.dialect ? **kind.dialect : "", kind.placeholders, config.folder);
    if (!loaded) return placed(loaded.error(), kind.dialect ? kind.dialect->place : kind.folders.front().place, step, config);
    if (auto sums = migration::load_checksums(files, *loaded); !sums) return placed(sums.error(), kind.folders.front().place, step, config);
    Looked out;
    out.dialect = loaded->dialect;
    out.versions = std::move(loaded->versions);
    io::Digest digest;
    digest.field("migrations").field(out.dialect);
    for (const auto& version : out.versions) digest.field(version.id).field(version.checksum);
    for (const auto& [name, value] : kind.placeholders) digest.field(name).field(value);
    out.digest = digest.hex();
    return out;
}

Result<Looked> look_exec(const config::Exec& kind, const config::Step& step, const config::Config& config, const io::Files& files) {
    Looked out;
    io::Digest digest;
    digest.field("exec");
    for (const auto& argument : kind.argv) digest.field(argument);
    digest.field(kind.cwd.value_or("")).field(step.target);
    const auto is_secret = [&config](const std::string& value) {
        for (const auto& secret : config.secrets) {
            if (!secret.empty() && value.find(secret.reveal()) != std::string::npos) return true;
        }
        return false;
    };
    for (const auto& [name, value] : kind.env) digest.field(name).field(is_secret(value) ? "(secret)" : value);
    for (const auto& schema : step.search_path) digest.field(schema);
    out.always = !kind.inputs && kind.inputs_sql.empty();
    if (kind.inputs) {
        PGPRIMER_TRY(const auto paths, expand(*kind.inputs, step, config, files, false));
        for (const auto& [path, place] : paths) {
            auto sum = io::raw_digest(files, path);
            if (!sum) return placed(sum.error(), place, step, config);
            digest.field(unit_name(path, config.folder)).field(*sum);
        }
    }
    for (const auto& query : kind.inputs_sql) digest.field(query);
    out.digest = digest.hex();
    out.units.push_back({"hook", kind.argv.front(), out.always ? "" : out.digest, ""});
    return out;
}

}  // namespace

std::string unit_name(const io::fs::path& path, const io::fs::path& folder) {
    const auto relative = path.lexically_normal().lexically_relative(folder.lexically_normal());
    if (relative.empty() || *relative.begin() == "..") return path.lexically_normal().string();
    return relative.string();
}

Result<Looked> look(const config::Step& step, const config::Config& config, const io::Files& files) {
    if (const auto* kind = std::get_if<config::Sql>(&step.kind)) return look_sql(*kind, step, config, files);
    if (const auto* kind = std::get_if<config::Migrations>(&step.kind)) return look_migrations(*kind, step, config, files);
    if (const auto* kind = std::get_if<config::Exec>(&step.kind)) return look_exec(*kind, step, config, files);
    Looked out;
    if (std::holds_alternative<config::Flush>(step.kind)) {
        out.units.push_back({"flush", "flush", "", ""});
        out.digest = "flush";
        return out;
    }
    if (const auto* ensure = std::get_if<config::Ensure>(&step.kind)) {
        const auto read = read_wanted(*ensure);
        if (!read) return placed(read.error(), step.place, step, config);
    }
    out.looks_itself = true;
    return out;
}

}  // namespace pgprimer::steps
