#include "dialects.hpp"

#include <algorithm>

#include "names.hpp"
#include "pgprimer/base/text.hpp"

namespace pgprimer::migration {
namespace {

bool is_versioned(std::string_view name) {
    return name.size() > 1 && name[0] == 'V' && is_digit(name[1]) && name.find("__") != std::string_view::npos && name.ends_with(".sql");
}
bool is_repeatable(std::string_view name) { return name.starts_with("R__") && name.ends_with(".sql"); }

// V1__x.sql, V1.2__x.sql, V1_2__x.sql; R__x.sql after all versions; U.. and B.. are left out. Folders within are Flyway's too.
class Flyway final : public Dialect {
public:
    [[nodiscard]] std::string_view name() const override { return "flyway"; }

    [[nodiscard]] int recognises(const io::Files& files, const io::fs::path& folder, std::span<const std::string> names) const override {
        if (std::ranges::any_of(names, [](const std::string& n) { return is_versioned(n) || is_repeatable(n); })) return 95;
        for (const auto& name : names) {  // all of them in folders within
            if (name.ends_with(".sql")) continue;
            const auto stat = files.stat(folder / name);
            if (!stat || stat->type != io::Stat::Type::directory || name.starts_with('.')) continue;
            const auto inner = files.list(folder / name);
            if (inner && recognises(files, folder / name, *inner) > 0) return 95;
        }
        return 0;
    }

    [[nodiscard]] Result<std::vector<Version>> read(const io::Files& files, const io::fs::path& folder,
                                                    std::span<const std::string> names) const override {
        std::vector<Version> out;
        out.reserve(names.size());
        for (const auto& file : names) {
            if (file.starts_with('.')) continue;
            const auto stat = files.stat(folder / file);
            if (stat && stat->type == io::Stat::Type::directory) {
                PGPRIMER_TRY(const auto inner, files.list(folder / file));
                PGPRIMER_CHECK(check_endings(folder / file, inner, false));
                PGPRIMER_TRY(auto versions, read(files, folder / file, inner));
                std::ranges::move(versions, std::back_inserter(out));
                continue;
            }
            if (!file.ends_with(".sql")) continue;
            const bool undo_or_baseline =
                file.size() > 1 && (file[0] == 'U' || file[0] == 'B') && is_digit(file[1]) && file.find("__") != std::string::npos;
            const bool callback = std::ranges::any_of(std::initializer_list<std::string_view>{"before", "after"},
                                                      [&file](std::string_view p) { return file.starts_with(p); });
            if (callback) {
                return misnamed(folder, file, "is a callback of Flyway, and callbacks are not available in this version")
                    .with_hint("run it in an sql step before or after this one, and keep it in another folder");
            }
            if (undo_or_baseline) continue;
            if (!is_versioned(file) && !is_repeatable(file)) {
                return misnamed(folder, file, "is not named as Flyway wants it")
                    .with_hint("name it V<version>__description.sql (two underscores) or R__description.sql");
            }
            PGPRIMER_TRY(auto version, is_repeatable(file) ? repeatable(folder, file) : versioned(folder, file));
            PGPRIMER_TRY(version.transaction, wants_transaction(files, folder / (file + ".conf")));
            out.push_back(std::move(version));
        }
        return out;
    }

private:
    static Result<Version> repeatable(const io::fs::path& folder, const std::string& file) {
        const std::string stem = file.substr(0, file.size() - 4);
        auto version = make_version(folder, file, stem, stem.substr(3), sql::Syntax::flyway);
        version.repeatable = true;
        return version;
    }

    static Result<Version> versioned(const io::fs::path& folder, const std::string& file) {
        const auto separator = file.find("__");
        std::string id = file.substr(1, separator - 1);
        std::ranges::replace(id, '_', '.');
        auto version = make_version(folder, file, id, file.substr(separator + 2, file.size() - separator - 6), sql::Syntax::flyway);
        version.order = split(id, '.');
        for (auto& part : version.order) {
            if (part.empty() || !std::ranges::all_of(part, is_digit))
                return misnamed(folder, file, "has \"" + id + "\" for a version, which is not made of numbers");
        }
        return version;
    }

    static Result<bool> wants_transaction(const io::Files& files, const io::fs::path& conf) {
        if (!files.stat(conf)) return true;
        PGPRIMER_TRY(const auto content, io::read_all(files, conf, 1U << 20U));
        for (const auto& line : split(content, '\n')) {
            const auto equals = line.find('=');
            if (equals == std::string::npos || trim(std::string_view(line).substr(0, equals)) != "executeInTransaction") continue;
            return !iequals(trim(std::string_view(line).substr(equals + 1)), "false");
        }
        return true;
    }
};

}  // namespace

const Dialect& flyway() {
    static const Flyway dialect;
    return dialect;
}

}  // namespace pgprimer::migration
