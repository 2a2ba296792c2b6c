#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pgprimer/sql/script.hpp"

namespace pgprimer::migration {

// One migration as its dialect's files describe it.
struct Version {
    std::string id;                  // the ledger's unit: "20240101120000", "1.2", "R__views" (a repeatable's whole name)
    std::string name;                // what follows the version in the file's name, for people
    std::vector<std::string> order;  // compared part by part, as numbers; empty for repeatables, which come last by name
    bool repeatable = false;         // runs again when its checksum changes
    bool transaction = true;         // false: the file says that it is not to be run in one
    sql::Script up;                  // the part that is run
    std::string checksum;            // ours, of the whole file (DESIGN 8); filled in by load_checksums()
};

// Numeric by part ("2" < "10", leading zeros do not count); a missing part is 0, as Flyway does.
bool before(const Version& a, const Version& b);
bool same_version(const Version& a, const Version& b);
// Equal for the same versions and for no others, however they are written: "1.2" of 01.2 and of 1.2.0, a repeatable's name.
std::string same_key(const Version& version);
// By a person: its id, its number with or without leading zeros, or its file's name.
bool is_called(const Version& version, std::string_view text);

}  // namespace pgprimer::migration
