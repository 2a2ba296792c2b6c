#include "dialects.hpp"

#include <algorithm>

#include "marks.hpp"
#include "names.hpp"

namespace pgprimer::migration {
namespace {

// <digits>_name.sql with `-- migrate:up [transaction:false]` and `-- migrate:down`.
class Dbmate final : public Dialect {
public:
    [[nodiscard]] std::string_view name() const override { return "dbmate"; }

    [[nodiscard]] int recognises(const io::Files& files, const io::fs::path& folder, std::span<const std::string> names) const override {
        return any_marked(files, folder, names, "migrate:") ? 80 : 0;
    }

    [[nodiscard]] Result<std::vector<Version>> read(const io::Files& files, const io::fs::path& folder,
                                                    std::span<const std::string> names) const override {
        std::vector<Version> out;
        out.reserve(names.size());
        for (const auto& file : names) {
            if (!file.ends_with(".sql")) continue;
            const auto digits = leading_digits(file);
            if (digits.empty())
                return misnamed(folder, file, "has no version").with_hint("name it <digits>_name.sql, like 20240131120000_add_index.sql");
            int code = 0;
            PGPRIMER_TRY(const auto marks, find_marks(files, folder / file, "migrate:", &code));
            const auto up = std::ranges::find_if(marks, [](const Mark& m) { return m.text.starts_with("migrate:up"); });
            const auto down = std::ranges::find_if(marks, [](const Mark& m) { return m.text.starts_with("migrate:down"); });
            if (up == marks.end()) return no_up(folder, file, "`-- migrate:up`");
            if (down != marks.end() && down->begin < up->begin)
                return misnamed(folder, file, "has `-- migrate:down` before `-- migrate:up`").with_place({(folder / file).string(), down->line, 0});
            if (code > 0 && code < up->line) {
                return misnamed(folder, file, "has text before `-- migrate:up`, which dbmate refuses and nobody would run")
                    .with_place({(folder / file).string(), code, 0})
                    .with_hint("move it below that line");
            }
            std::string title = file.substr(digits.size(), file.size() - digits.size() - 4);
            if (title.starts_with('_')) title.erase(0, 1);
            auto version = make_version(folder, file, std::string(digits), std::move(title), sql::Syntax::plain);
            version.order = {version.id};
            version.up.begin = up->after;
            version.up.first_line = up->line + 1;
            if (down != marks.end()) version.up.end = down->begin;
            version.transaction = up->text.find("transaction:false") == std::string::npos;
            out.push_back(std::move(version));
        }
        return out;
    }
};

}  // namespace

const Dialect& dbmate() {
    static const Dbmate dialect;
    return dialect;
}

}  // namespace pgprimer::migration
