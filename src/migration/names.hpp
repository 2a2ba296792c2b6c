#pragma once
// What the dialects have in common: reading names and looking into files.
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "pgprimer/base/text.hpp"
#include "pgprimer/io/files.hpp"
#include "pgprimer/migration/version.hpp"

namespace pgprimer::migration {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The digits that `name` begins with.
inline std::string_view leading_digits(std::string_view name) {
    std::size_t n = 0;
    while (n < name.size() && is_digit(name[n])) ++n;
    return name.substr(0, n);
}

inline std::string without_leading_zeros(std::string_view digits) {
    while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
    return std::string(digits);
}

// `name` without a packing's extension.
inline std::string_view unpacked_name(std::string_view name) {
    for (const std::string_view packed : {".gz", ".xz", ".zst"}) {
        if (name.ends_with(packed)) return name.substr(0, name.size() - packed.size());
    }
    return name;
}

inline Version make_version(const io::fs::path& folder, const std::string& file, std::string id, std::string name, sql::Syntax syntax) {
    Version out;
    out.id = std::move(id);
    out.name = std::move(name);
    out.up.path = folder.native() + (folder.native().ends_with('/') ? "" : "/") + file;
    out.up.name = file;
    out.up.syntax = syntax;
    return out;
}

inline Diagnostic misnamed(const io::fs::path& folder, const std::string& file, const std::string& what) {
    return Diagnostic(Error::config, "\"" + (folder / file).string() + "\" " + what).with_place({(folder / file).string(), 0, 0});
}

// What looks like a migration and is none to the dialect would be left out unseen. `packed`: it takes packed files, too.
inline Result<void> check_endings(const io::fs::path& folder, std::span<const std::string> names, bool packed) {
    for (const auto& name : names) {
        if (name.starts_with('.') || name.ends_with(".sql") || (packed && unpacked_name(name).ends_with(".sql"))) continue;
        const std::string small = lower(name);
        if (!unpacked_name(small).ends_with(".sql")) continue;
        return misnamed(folder, name,
                        "would be left out: its name does not end in .sql" + std::string(packed ? " or .sql.gz, .sql.xz, .sql.zst" : ""))
            .with_hint(small != name ? "rename it, in lower case" : "unpack it: only migrations of the dialect plain may be packed");
    }
    return {};
}

inline Diagnostic no_up(const io::fs::path& folder, const std::string& file, const std::string& mark) {
    return misnamed(folder, file, "has no line " + mark)
        .with_hint("add that line; or, where no file here has a down part: dialect = \"plain\" runs files as a whole");
}

constexpr std::size_t largest_marked_file = 256U << 20U;  // bytes, of dialects whose marks stand inside the file

}  // namespace pgprimer::migration
