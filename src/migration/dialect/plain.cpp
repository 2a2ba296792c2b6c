#include "dialects.hpp"

#include <algorithm>

#include "names.hpp"

namespace pgprimer::migration {
namespace {

// <number>_name.sql, <number>-name.sql, <number>.sql; packed ones too. psql scripts.
class Plain final : public Dialect {
public:
    [[nodiscard]] std::string_view name() const override { return "plain"; }

    [[nodiscard]] int recognises(const io::Files&, const io::fs::path&, std::span<const std::string> names) const override {
        return std::ranges::any_of(names, [](const std::string& n) { return fits(unpacked_name(n)); }) ? 10 : 0;
    }

    [[nodiscard]] Result<std::vector<Version>> read(const io::Files&, const io::fs::path& folder, std::span<const std::string> names) const override {
        std::vector<Version> out;
        out.reserve(names.size());
        for (const auto& file : names) {
            const auto bare = unpacked_name(file);
            if (!bare.ends_with(".sql")) continue;
            if (!fits(bare))
                return misnamed(folder, file, "has no number to order it by").with_hint("name it <number>_name.sql, like 012_add_index.sql");
            const auto digits = leading_digits(bare);
            auto rest = bare.substr(digits.size());
            rest.remove_suffix(4);
            if (!rest.empty()) rest.remove_prefix(1);
            auto version = make_version(folder, file, std::string(digits), std::string(rest), sql::Syntax::psql);
            version.order = {version.id};
            out.push_back(std::move(version));
        }
        return out;
    }

private:
    static bool fits(std::string_view name) {
        const auto digits = leading_digits(name);
        if (digits.empty() || !name.ends_with(".sql")) return false;
        const char next = name[digits.size()];
        return next == '_' || next == '-' || name.size() == digits.size() + 4;
    }
};

}  // namespace

const Dialect& plain() {
    static const Plain dialect;
    return dialect;
}

}  // namespace pgprimer::migration
