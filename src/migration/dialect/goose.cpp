#include "dialects.hpp"

#include <algorithm>

#include "marks.hpp"
#include "names.hpp"
#include "pgprimer/base/text.hpp"

namespace pgprimer::migration {
namespace {

// <number>_name.sql with `-- +goose Up|Down|StatementBegin|StatementEnd|NO TRANSACTION`.
class Goose final : public Dialect {
public:
    [[nodiscard]] std::string_view name() const override { return "goose"; }

    [[nodiscard]] int recognises(const io::Files& files, const io::fs::path& folder, std::span<const std::string> names) const override {
        return any_marked(files, folder, names, "+goose") ? 80 : 0;
    }

    [[nodiscard]] Result<std::vector<Version>> read(const io::Files& files, const io::fs::path& folder,
                                                    std::span<const std::string> names) const override {
        std::vector<Version> out;
        out.reserve(names.size());
        for (const auto& file : names) {
            const auto digits = leading_digits(file);
            if (file.ends_with(".go") && !digits.empty() && !file.ends_with("_test.go")) {
                return misnamed(folder, file, "is a migration in Go, which only a program built with it can run")
                    .with_hint("run it with an exec step, or write it as SQL");
            }
            if (!file.ends_with(".sql")) continue;
            if (digits.empty()) return misnamed(folder, file, "has no version").with_hint("name it <number>_name.sql, like 00012_add_index.sql");
            PGPRIMER_TRY(auto version, read_one(files, folder, file, digits));
            out.push_back(std::move(version));
        }
        return out;
    }

private:
    static Result<Version> read_one(const io::Files& files, const io::fs::path& folder, const std::string& file, std::string_view digits) {
        int code = 0;
        PGPRIMER_TRY(const auto marks, find_marks(files, folder / file, "+goose", &code));
        const auto is = [](const Mark& m, std::string_view what) { return iequals(trim(std::string_view(m.text).substr(6)), what); };
        const auto find = [&](std::string_view what) { return std::ranges::find_if(marks, [&](const Mark& m) { return is(m, what); }); };
        const auto placed = [&](const Mark& mark, const std::string& what) {
            return misnamed(folder, file, what).with_place({(folder / file).string(), mark.line, 0});
        };
        const auto up = find("Up"), down = find("Down"), envsub = find("ENVSUB ON");
        if (up == marks.end()) return no_up(folder, file, "`-- +goose Up`");
        if (envsub != marks.end()) return placed(*envsub, "asks for ENVSUB, which is not available in this version");
        if (down != marks.end() && down->begin < up->begin) return placed(*down, "has `-- +goose Down` before `-- +goose Up`");
        if (code > 0 && code < up->line) {
            return misnamed(folder, file, "has text before `-- +goose Up`, which goose refuses and nobody would run")
                .with_place({(folder / file).string(), code, 0})
                .with_hint("move it below that line");
        }
        const Mark* open = nullptr;
        for (const auto& mark : marks) {
            const bool begin = is(mark, "StatementBegin"), end = is(mark, "StatementEnd");
            if ((begin && open != nullptr) || (end && open == nullptr))
                return placed(mark, begin ? "begins a statement inside another" : "ends a statement that was not begun");
            if (begin || end) open = begin ? &mark : nullptr;
            if ((is(mark, "Up") && &mark != &*up) || (is(mark, "Down") && &mark != &*down))
                return placed(mark, "has a second `-- " + mark.text + "`, which goose refuses");
            const bool known = begin || end || is(mark, "Up") || is(mark, "Down") || is(mark, "NO TRANSACTION") || is(mark, "ENVSUB OFF");
            if (!known) return placed(mark, "has a mark that goose does not know: " + mark.text);
        }
        if (open != nullptr) return placed(*open, "begins a statement (StatementBegin) and never ends it");
        std::string title = file.substr(digits.size(), file.size() - digits.size() - 4);
        if (title.starts_with('_')) title.erase(0, 1);
        auto version = make_version(folder, file, without_leading_zeros(digits), std::move(title), sql::Syntax::goose);
        version.order = {version.id};
        version.up.begin = up->after;
        version.up.first_line = up->line + 1;
        if (down != marks.end()) version.up.end = down->begin;
        version.transaction = find("NO TRANSACTION") == marks.end();
        return version;
    }
};

}  // namespace

const Dialect& goose() {
    static const Goose dialect;
    return dialect;
}

}  // namespace pgprimer::migration
