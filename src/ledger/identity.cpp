#include "pgprimer/ledger/identity.hpp"

#include <array>
#include <cstdio>

#include "pgprimer/base/hash.hpp"
#include "pgprimer/base/text.hpp"

namespace pgprimer::ledger {
namespace {

std::uint64_t hash_of(const Identity& identity, std::string_view purpose) {
    return stable_hash({"pgprimer", purpose, identity.schema, identity.project});
}

}  // namespace

std::string run_prefix(const Identity& identity) {
    std::array<char, 8> digits{};
    std::snprintf(digits.data(), digits.size(), "%04x-", static_cast<unsigned>(hash_of(identity, "run") & 0xFFFFU));
    return digits.data();
}

std::string new_run_id(const Identity& identity) { return run_prefix(identity) + random_id().substr(0, 8); }

std::string session_name(const std::string& run, const std::string& step) {
    std::string name = "pgprimer:" + run + ":" + step;
    std::size_t end = std::min<std::size_t>(name.size(), 63);
    while (end < name.size() && end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80U) --end;
    name.resize(end);
    return name;
}

std::int64_t run_key(const Identity& identity) { return static_cast<std::int64_t>(hash_of(identity, "K1")); }
std::int64_t work_key(const Identity& identity) { return static_cast<std::int64_t>(hash_of(identity, "K2")); }
std::int64_t globals_key() { return static_cast<std::int64_t>(hash_of({"", ""}, "globals")); }

}  // namespace pgprimer::ledger
