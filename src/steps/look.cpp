#include "pgprimer/steps/look.hpp"

#include <algorithm>
#include <chrono>
#include <set>

#include "ensure_wanted.hpp"
#include "expect_catalog.hpp"
#include "pgprimer/base/parallel.hpp"
#include "pgprimer/base/text.hpp"
#include "pgprimer/io/digest.hpp"
#include "pgprimer/io/glob.hpp"
#include "pgprimer/migration/dialect.hpp"
#include "pgprimer/sql/survey.hpp"
#include "pgprimer/steps/shell_script.hpp"

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

struct Input {
    std::string path;
    std::optional<io::Stat> stat;
    Place place;  // of the pattern
};
using Inputs = std::vector<Input>;

// Why a pattern names nothing.
Diagnostic nothing_there(const Located<std::string>& pattern, const config::Step& step, const config::Config& config, const io::Files& files) {
    const auto path = config.folder / *pattern;
    const auto stat = files.stat(path);
    if (stat && stat->type == io::Stat::Type::directory) {
        return Diagnostic(Error::config, "\"" + *pattern + "\" is a folder, not a file")
            .with_hint("write \"" + *pattern + (std::holds_alternative<config::Exec>(step.kind) ? "/**\"" : "/*.sql\""));
    }
    if (io::is_glob(*pattern)) {
        return Diagnostic(Error::config, "\"" + *pattern + "\" matches no file")
            .with_detail("looked for in " + config.folder.string())
            .with_hint("look at the pattern and at what is mounted there");
    }
    const auto opened = files.open_raw(path);
    if (!opened && !opened.error().detail.empty()) return opened.error();  // behind a closed door
    return Diagnostic(Error::config, "\"" + path.string() + "\" is not there")
        .with_hint("paths are relative to the configuration's folder, " + config.folder.string());
}

// The files that the patterns name, in the order written, each pattern's in byte order, each file once.
Result<Inputs> expand(const std::vector<Located<std::string>>& patterns, const config::Step& step, const config::Config& config,
                      const io::Files& files) {
    Inputs out;
    std::set<io::fs::path> seen;
    for (const auto& pattern : patterns) {
        auto found = io::glob(files, config.folder, *pattern);
        if (!found) return placed(found.error(), pattern.place, step, config);
        if (found->empty()) return placed(nothing_there(pattern, step, config, files), pattern.place, step, config);
        for (auto& [path, stat] : *found) {
            // Trees of programs have such links for their own ends; a script that is not there would be missed in silence.
            if (!stat && std::holds_alternative<config::Exec>(step.kind)) continue;
            if (!stat) {
                const auto opened = files.open_raw(path);
                if (!opened && !opened.error().detail.empty()) return placed(opened.error(), pattern.place, step, config);  // behind a closed door
                return placed(Diagnostic(Error::config, "\"" + path + "\" is a link to what is not there")
                                  .with_hint("look at what it points to, and whether that is mounted, too; or remove the link"),
                              pattern.place, step, config);
            }
            // A glob by itself names no file twice.
            if (patterns.size() == 1 || seen.insert(files.real_path(path)).second) out.push_back({std::move(path), stat, pattern.place});
        }
    }
    return out;
}

bool is_sql(std::string_view name) {
    return name.ends_with(".sql") || name.ends_with(".sql.gz") || name.ends_with(".sql.xz") || name.ends_with(".sql.zst");
}

// "initdb/*", which says nothing of names' ends: what the official image takes of such a folder.
bool takes_all(std::string_view pattern) {
    const auto last = pattern.substr(pattern.find_last_of('/') + 1);
    return !last.empty() && last.find_first_not_of('*') == std::string_view::npos;
}

// A sql step's files. `ignored`: those that the image would ignore, too.
Result<Inputs> scripts_of(const config::Sql& kind, const config::Step& step, const config::Config& config, const io::Files& files,
                          std::vector<std::string>& ignored) {
    PGPRIMER_TRY(Inputs found, expand(kind.patterns, step, config, files));
    const auto is_other = [](const std::string& path) { return !is_sql(path) && !is_shell_script(path); };
    Inputs out;
    for (auto& input : found) {
        const bool all = std::ranges::any_of(kind.patterns, [&input](const auto& p) { return p.place == input.place && takes_all(*p); });
        if (all && is_other(input.path))
            ignored.push_back(unit_name(input.path, config.folder));
        else
            out.push_back(std::move(input));
    }
    if (out.empty()) {
        return placed(Diagnostic(Error::config, "\"" + *kind.patterns.front() + "\" matches no file that can be run")
                          .with_detail("found and ignored: " + join(ignored, ", "))
                          .with_hint("names are to end in .sql, .sql.gz, .sql.xz, .sql.zst or .sh; or write a pattern for theirs"),
                      kind.patterns.front().place, step, config);
    }
    return out;
}

// A digest over stats and over what else decides about a step.
class Signature {
public:
    Signature() : now_(std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count()) {}

    Signature& field(std::string_view text) {
        gathered_ += std::to_string(text.size()) + ":";
        gathered_ += text;
        flush();
        return *this;
    }
    void file(const std::string& name, const std::optional<io::Stat>& stat) {
        // A folder inside (Flyway's): its own stat says nothing of its files' content.
        const auto one = stat && stat->type == io::Stat::Type::file ? io::signature(*stat, now_) : std::nullopt;
        sound_ = sound_ && one;
        if (!sound_) return;
        gathered_.append(name).push_back('\0');
        gathered_.append(reinterpret_cast<const char*>(one->data()), sizeof *one);
        flush();
    }
    std::string done() { return sound_ ? digest_.add(gathered_).hex() : ""; }

private:
    void flush() {
        if (gathered_.size() < (32U << 10U)) return;
        digest_.add(gathered_);
        gathered_.clear();
    }

    std::int64_t now_;
    io::Digest digest_;
    std::string gathered_;  // for the digest, in few pieces
    bool sound_ = true;
};

std::string signature_of(const config::Sql& kind, const Inputs& inputs) {
    Signature out;
    out.field("sql");
    for (const auto& [path, stat, place] : inputs) out.file(path, stat);
    for (const auto& [name, value] : kind.variables) out.field(name).field(value);
    return out.done();
}

Result<Looked> look_sql(const config::Sql& kind, const config::Step& step, const config::Config& config, const io::Files& files) {
    Looked out;
    PGPRIMER_TRY(const Inputs inputs, scripts_of(kind, step, config, files, out.ignored));
    out.signature = signature_of(kind, inputs);
    io::Digest digest;
    digest.field("sql");
    for (const auto& [path, stat, place] : inputs) {
        sql::Script script;
        script.path = path;
        script.name = unit_name(path, config.folder);
        script.variables = kind.variables;
        script.may_run_programs = kind.programs;
        bool includes = false;
        auto checksum = is_shell_script(path) ? io::text_digest(files, path) : sql::checksum(files, script, &includes);
        if (!checksum) return placed(checksum.error(), place, step, config);
        if (includes) out.signature.clear();  // their stats are not in it
        digest.field(script.name).field(*checksum);
        out.units.push_back({script.name, path, *checksum, ""});
        out.scripts.push_back(std::move(script));
    }
    for (const auto& [name, value] : kind.variables) digest.field(name).field(value);
    out.digest = digest.hex();
    return out;
}

Result<std::vector<io::fs::path>> folders_of(const config::Migrations& kind, const config::Step& step, const config::Config& config,
                                             const io::Files& files) {
    std::vector<io::fs::path> folders;
    for (const auto& folder : kind.folders) {
        auto path = config.folder / *folder;
        const auto stat = files.stat(path);
        if (!stat || stat->type != io::Stat::Type::directory) {
            return placed(Diagnostic(Error::config, "\"" + path.string() + (stat ? "\" is no folder" : "\" is not there"))
                              .with_hint(stat ? "name the folder that holds the migrations"
                                              : "paths are relative to the configuration's folder, " + config.folder.string()),
                          folder.place, step, config);
        }
        folders.push_back(std::move(path));
    }
    return folders;
}

Result<std::string> signature_of(const config::Migrations& kind, const std::vector<io::fs::path>& folders, const config::Step& step,
                                 const config::Config& config, const io::Files& files) {
    Signature out;
    out.field("migrations").field(kind.dialect ? **kind.dialect : "");
    for (const auto& folder : folders) {
        const auto entries = files.stats(folder);
        if (!entries) return placed(entries.error(), kind.folders.front().place, step, config);
        out.field(folder.native());
        for (const auto& [name, stat] : **entries) {
            if (!name.starts_with('.')) out.file(name, stat);
        }
    }
    for (const auto& [name, value] : kind.placeholders) out.field(name).field(value);
    return out.done();
}

Result<Looked> look_migrations(const config::Migrations& kind, const config::Step& step, const config::Config& config, const io::Files& files,
                               const std::optional<std::string>& signature) {
    Looked out;
    PGPRIMER_TRY(const auto folders, folders_of(kind, step, config, files));
    if (signature)
        out.signature = *signature;
    else { PGPRIMER_TRY(out.signature, signature_of(kind, folders, step, config, files)); }
    auto loaded = migration::load(files, folders, kind.dialect ? **kind.dialect : "", kind.placeholders, config.folder);
    if (!loaded) return placed(loaded.error(), kind.dialect ? kind.dialect->place : kind.folders.front().place, step, config);
    if (auto sums = migration::load_checksums(files, *loaded); !sums) return placed(sums.error(), kind.folders.front().place, step, config);
    out.dialect = loaded->dialect;
    out.versions = std::move(loaded->versions);
    io::Digest digest;
    digest.field("migrations").field(out.dialect);
    for (const auto& version : out.versions) digest.field(version.id).field(version.checksum);
    for (const auto& [name, value] : kind.placeholders) digest.field(name).field(value);
    out.digest = digest.hex();
    return out;
}

// What decides about a hook besides its inputs' content.
template <class Into>
void add_command(Into& into, const config::Exec& kind, const config::Step& step, const config::Config& config) {
    into.field("exec");
    for (const auto& argument : kind.argv) into.field(argument);
    into.field(kind.cwd.value_or("")).field(step.target);
    const auto is_secret = [&config](const std::string& value) {
        for (const auto& secret : config.secrets) {
            if (!secret.empty() && value.find(secret.reveal()) != std::string::npos) return true;
        }
        return false;
    };
    for (const auto& [name, value] : kind.env) into.field(name).field(is_secret(value) ? "(secret)" : value);
    for (const auto& schema : step.search_path) into.field(schema);
    for (const auto& query : kind.inputs_sql) into.field(query);
}

Result<Inputs> inputs_of(const config::Exec& kind, const config::Step& step, const config::Config& config, const io::Files& files) {
    if (!kind.inputs) return Inputs{};
    return expand(*kind.inputs, step, config, files);
}

// The rows of inputs_sql are no stats: a hook with such has no signature.
std::string signature_of(const config::Exec& kind, const Inputs& inputs, const config::Step& step, const config::Config& config) {
    if (!kind.inputs || !kind.inputs_sql.empty()) return "";
    Signature out;
    add_command(out, kind, step, config);
    for (const auto& [path, stat, place] : inputs) out.file(path, stat);
    return out.done();
}

Result<Looked> look_exec(const config::Exec& kind, const config::Step& step, const config::Config& config, const io::Files& files) {
    Looked out;
    PGPRIMER_TRY(const Inputs inputs, inputs_of(kind, step, config, files));
    out.signature = signature_of(kind, inputs, step, config);
    io::Digest digest;
    add_command(digest, kind, step, config);
    std::vector<std::string> sums(inputs.size());
    const auto read = [&](std::size_t at, std::size_t end) -> Result<void> {
        for (; at < end; ++at) {
            auto sum = io::raw_digest(files, inputs[at].path);
            if (!sum) return placed(sum.error(), inputs[at].place, step, config);
            sums[at] = std::move(*sum);
        }
        return {};
    };
    PGPRIMER_CHECK(in_parts(inputs.size(), 200, read));
    for (std::size_t i = 0; i < inputs.size(); ++i) digest.field(unit_name(inputs[i].path, config.folder)).field(sums[i]);
    out.digest = digest.hex();
    out.units.push_back({"hook", kind.argv.front(), acts_always(step) ? "" : out.digest, ""});
    return out;
}

}  // namespace

std::string unit_name(const io::fs::path& path, const io::fs::path& folder) {
    const auto relative = path.lexically_normal().lexically_relative(folder.lexically_normal());
    if (relative.empty() || *relative.begin() == "..") return path.lexically_normal().string();
    return relative.string();
}

Result<Looked> look(const config::Step& step, const config::Config& config, const io::Files& files, const std::optional<std::string>& signature) {
    if (const auto* kind = std::get_if<config::Sql>(&step.kind)) return look_sql(*kind, step, config, files);
    if (const auto* kind = std::get_if<config::Migrations>(&step.kind)) return look_migrations(*kind, step, config, files, signature);
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
    if (const auto* expect = std::get_if<config::Expect>(&step.kind)) {
        auto malformed = malformed_names(*expect);
        for (Diagnostic& one : malformed) one = placed(std::move(one), step.place, step, config);
        if (!malformed.empty()) {
            Diagnostic first = std::move(malformed.front());
            first.more.assign(std::make_move_iterator(malformed.begin() + 1), std::make_move_iterator(malformed.end()));
            return first;
        }
    }
    return out;
}

bool acts_always(const config::Step& step) {
    if (const auto* kind = std::get_if<config::Sql>(&step.kind)) return kind->rerun == config::Rerun::always;
    const auto* hook = std::get_if<config::Exec>(&step.kind);
    return hook != nullptr && !hook->inputs && hook->inputs_sql.empty();
}

bool reads_rows(const config::Step& step) {
    const auto* hook = std::get_if<config::Exec>(&step.kind);
    return hook != nullptr && !hook->inputs_sql.empty();
}

bool looks_itself(const config::Step& step) {
    return std::holds_alternative<config::Ensure>(step.kind) || std::holds_alternative<config::Expect>(step.kind);
}

Result<std::string> glance(const config::Step& step, const config::Config& config, const io::Files& files) {
    if (const auto* kind = std::get_if<config::Sql>(&step.kind)) {
        std::vector<std::string> ignored;
        PGPRIMER_TRY(const Inputs inputs, scripts_of(*kind, step, config, files, ignored));
        return signature_of(*kind, inputs);
    }
    if (const auto* kind = std::get_if<config::Migrations>(&step.kind)) {
        PGPRIMER_TRY(const auto folders, folders_of(*kind, step, config, files));
        return signature_of(*kind, folders, step, config, files);
    }
    if (const auto* kind = std::get_if<config::Exec>(&step.kind)) {
        PGPRIMER_TRY(const Inputs inputs, inputs_of(*kind, step, config, files));
        return signature_of(*kind, inputs, step, config);
    }
    PGPRIMER_TRY(const Looked looked, look(step, config, files));
    return looked.signature;
}

}  // namespace pgprimer::steps
