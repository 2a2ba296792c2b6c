#include "pgprimer/ledger/identity.hpp"

#include "pgprimer/base/text.hpp"
#include "pgprimer/io/digest.hpp"

namespace pgprimer::ledger {
namespace {

std::string digest_of(const Identity& identity, std::string_view purpose) {
    io::Digest digest;
    digest.field("pgprimer").field(purpose).field(identity.schema).field(identity.project);
    return digest.hex();
}

std::int64_t key(const std::string& digest) { return static_cast<std::int64_t>(std::stoull(digest.substr(0, 16), nullptr, 16)); }

}  // namespace

std::string run_prefix(const Identity& identity) { return digest_of(identity, "run").substr(0, 4) + "-"; }
std::string new_run_id(const Identity& identity) { return run_prefix(identity) + random_id().substr(0, 8); }

std::string session_name(const std::string& run, const std::string& step) {
    std::string name = "pgprimer:" + run + ":" + step;
    std::size_t end = std::min<std::size_t>(name.size(), 63);
    while (end < name.size() && end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80U) --end;
    name.resize(end);
    return name;
}

std::int64_t run_key(const Identity& identity) { return key(digest_of(identity, "K1")); }
std::int64_t work_key(const Identity& identity) { return key(digest_of(identity, "K2")); }
std::int64_t globals_key() { return key(digest_of({"", ""}, "globals")); }

}  // namespace pgprimer::ledger
