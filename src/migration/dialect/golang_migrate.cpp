#include "dialects.hpp"

#include <algorithm>

#include "names.hpp"

namespace pgprimer::migration {
namespace {

// {version}_{title}.up.sql and .down.sql; the whole file is the up part; the version a number.
class GolangMigrate final : public Dialect {
public:
    [[nodiscard]] std::string_view name() const override { return "golang-migrate"; }

    [[nodiscard]] int recognises(const io::Files&, const io::fs::path&, std::span<const std::string> names) const override {
        return std::ranges::any_of(names, [](const std::string& n) { return n.ends_with(".up.sql") && !leading_digits(n).empty(); }) ? 90 : 0;
    }

    [[nodiscard]] Result<std::vector<Version>> read(const io::Files&, const io::fs::path& folder, std::span<const std::string> names) const override {
        std::vector<Version> out;
        out.reserve(names.size());
        for (const auto& file : names) {
            if (!file.ends_with(".sql") || file.ends_with(".down.sql")) continue;
            const auto digits = leading_digits(file);
            if (!file.ends_with(".up.sql") || digits.empty() || file.size() <= digits.size() || file[digits.size()] != '_') {
                return misnamed(folder, file, "is not named as golang-migrate wants it")
                    .with_hint("name it {version}_{title}.up.sql, like 000012_add_index.up.sql");
            }
            const std::string title = file.substr(digits.size() + 1, file.size() - digits.size() - 1 - std::string_view(".up.sql").size());
            auto version = make_version(folder, file, without_leading_zeros(digits), title, sql::Syntax::plain);
            version.order = {version.id};
            out.push_back(std::move(version));
        }
        return out;
    }
};

}  // namespace

const Dialect& golang_migrate() {
    static const GolangMigrate dialect;
    return dialect;
}

}  // namespace pgprimer::migration
