#pragma once
// Folder to Versions. One file a dialect in src/migration/dialect/; a registry line each.
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pgprimer/base/result.hpp"
#include "pgprimer/io/files.hpp"
#include "pgprimer/migration/version.hpp"

namespace pgprimer::migration {

class Dialect {
public:
    virtual ~Dialect() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;  // "golang-migrate", "dbmate", "goose", "flyway", "plain"
    // How sure it is that this folder is written for it: 0 not at all. By names first; by marks inside the files where names do not tell.
    [[nodiscard]] virtual int recognises(const io::Files& files, const io::fs::path& folder, std::span<const std::string> names) const = 0;
    // The Versions of these files. Files that are none of its own (README.md) are left out; a .sql file that its rules cannot place is an error
    // with what the name should look like.
    [[nodiscard]] virtual Result<std::vector<Version>> read(const io::Files& files, const io::fs::path& folder,
                                                            std::span<const std::string> names) const = 0;
};

std::span<const Dialect* const> dialects();
const Dialect* dialect(std::string_view name);

struct Folders {
    std::string dialect;
    std::vector<Version> versions;  // in order of execution; repeatables last
};

// Reads one or several folders as one history. `wanted` empty: detected, and all folders must agree. Errors (Error::config): not a folder, no
// dialect fits (with what was seen), two files of one version (both named), marks that contradict (goose without Up).
// `placeholders` are Flyway's. `names_relative_to` shapes Script::name.
Result<Folders> load(const io::Files& files, std::span<const io::fs::path> folders, const std::string& wanted,
                     const std::map<std::string, std::string>& placeholders, const io::fs::path& names_relative_to);

// Fills in Version::checksum, of the whole files.
Result<void> load_checksums(const io::Files& files, Folders& folders);

}  // namespace pgprimer::migration
