#include <algorithm>
#include <array>

#include "dialect/dialects.hpp"
#include "names.hpp"
#include "pgprimer/base/parallel.hpp"
#include "pgprimer/base/text.hpp"
#include "pgprimer/migration/dialect.hpp"
#include "pgprimer/sql/survey.hpp"

namespace pgprimer::migration {
namespace {

std::vector<std::string> dialect_names() {
    std::vector<std::string> out;
    for (const auto* one : dialects()) out.emplace_back(one->name());
    return out;
}

Result<const Dialect*> detect(const io::Files& files, const io::fs::path& folder, std::span<const std::string> names) {
    const Dialect* best = nullptr;
    int surest = 0;
    for (const auto* one : dialects()) {
        if (surest >= 90) break;  // told by the names: the others would read every file
        if (const int sure = one->recognises(files, folder, names); sure > surest) {
            surest = sure;
            best = one;
        }
    }
    if (best != nullptr) return best;
    std::string seen;
    for (std::size_t i = 0; i < names.size() && i < 3; ++i) seen += (i > 0 ? ", " : "") + names[i];
    return Diagnostic(Error::config, "no migrations were recognised in \"" + folder.string() + "\"")
        .with_detail(names.empty() ? "the folder is empty" : "found " + seen + (names.size() > 3 ? ", ..." : ""))
        .with_hint("name them <number>_name.sql, or as " + join(dialect_names(), ", ") + " wants it");
}

// A file's name in the ledger: relative to `root`, whole outside it. Worked out once a folder.
class Names {
public:
    explicit Names(const io::fs::path& root) : root_(root) {}

    std::string of(const std::string& path) {
        const auto slash = path.rfind('/');
        const auto folder = std::string_view(path).substr(0, slash == std::string::npos ? 0 : slash);
        if (!known_ || folder != folder_) {
            folder_ = folder;
            const auto relative = io::fs::path(path).lexically_relative(root_);
            known_ = true;
            inside_ = !relative.empty() && *relative.begin() != "..";
            before_ = (relative.parent_path() / "").string();
        }
        return inside_ ? before_ + path.substr(slash == std::string::npos ? 0 : slash + 1) : path;
    }

private:
    const io::fs::path& root_;
    std::string folder_, before_;
    bool known_ = false, inside_ = false;
};

}  // namespace

std::span<const Dialect* const> dialects() {
    static const std::array<const Dialect*, 5> all{&flyway(), &golang_migrate(), &dbmate(), &goose(), &plain()};
    return all;
}

const Dialect* dialect(std::string_view name) {
    for (const auto* one : dialects()) {
        if (one->name() == name) return one;
    }
    return nullptr;
}

Result<Folders> load(const io::Files& files, std::span<const io::fs::path> folders, const std::string& wanted,
                     const std::map<std::string, std::string>& placeholders, const io::fs::path& names_relative_to) {
    Folders out;
    const Dialect* chosen = nullptr;
    if (!wanted.empty()) {
        chosen = dialect(wanted);
        if (chosen == nullptr) {
            const auto near = nearest(wanted, dialect_names());
            return Diagnostic(Error::config, "there is no dialect \"" + wanted + "\"")
                .with_hint(near ? "did you mean \"" + *near + "\"?" : "known are " + join(dialect_names(), ", "));
        }
    }
    for (const auto& folder : folders) {
        PGPRIMER_TRY(auto names, files.list(folder));
        std::erase_if(names, [](const std::string& n) { return n.starts_with('.'); });
        const Dialect* here = chosen;
        if (wanted.empty()) {
            PGPRIMER_TRY(here, detect(files, folder, names));
            if (chosen != nullptr && chosen != here) {
                return Diagnostic(Error::config, "\"" + folder.string() + "\" is written for " + std::string(here->name()) +
                                                     ", the folders before it for " + std::string(chosen->name()))
                    .with_hint("make them two steps, or say which one holds: dialect = \"...\"");
            }
            chosen = here;
        }
        PGPRIMER_CHECK(check_endings(folder, names, here == &plain()));
        PGPRIMER_TRY(auto versions, here->read(files, folder, names));
        if (out.versions.empty())
            out.versions = std::move(versions);
        else
            std::ranges::move(versions, std::back_inserter(out.versions));
    }
    out.dialect = chosen == nullptr ? "" : std::string(chosen->name());
    out.versions.shrink_to_fit();  // there may be ten thousand
    if (!std::ranges::is_sorted(out.versions, before)) std::ranges::stable_sort(out.versions, before);
    Names names(names_relative_to);
    for (std::size_t i = 0; i < out.versions.size(); ++i) {
        auto& version = out.versions[i];
        version.up.name = names.of(version.up.path);
        version.up.variables = placeholders;
        if (i > 0 && same_version(out.versions[i - 1], version)) {
            return Diagnostic(Error::config, "two files of one version: \"" + out.versions[i - 1].up.path + "\" and \"" + version.up.path + "\"")
                .with_place({version.up.path, 0, 0})
                .with_hint("renumber one of them");
        }
    }
    return out;
}

Result<void> load_checksums(const io::Files& files, Folders& folders) {
    auto& versions = folders.versions;
    return in_parts(versions.size(), 200, [&](std::size_t at, std::size_t end) -> Result<void> {
        for (; at < end; ++at) {
            sql::Script whole = versions[at].up;
            whole.begin = 0;
            whole.end = std::numeric_limits<std::uint64_t>::max();
            whole.first_line = 1;
            PGPRIMER_TRY(versions[at].checksum, sql::checksum(files, whole));
        }
        return {};
    });
}

}  // namespace pgprimer::migration
