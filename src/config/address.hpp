#pragma once
// Where a database is, from all the places that may say so (DESIGN 3).
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pgprimer/config/load.hpp"

namespace pgprimer::config {

// A file's content without one trailing line feed; a failure that names owner, mode and us.
Result<std::string> read_secret_file(const io::Files& files, const std::filesystem::path& path);

// What the environment says, highest rank first: DATABASE_URL, PG* with its service, POSTGRES_*.
struct Ranks {
    std::vector<Target> lower;
    std::optional<Diagnostic> unusable;  // why DATABASE_URL cannot be read: an application's may be of another database altogether

    // Fails where `first`, completed, has a part that cannot be read or would have asked DATABASE_URL for its server; else warns.
    Result<void> check(Target& first) const;
};
Result<Ranks> environment_targets(const io::Files& files, const Environment& environment);

// Fills what `target` leaves open from the lower ranks and the defaults, and looks up .pgpass.
void complete(Target& target, const std::vector<Target>& lower, const io::Files& files, const Environment& environment);

// What `values` has under `name`; empty where it has nothing.
std::string find(const std::map<std::string, std::string>& values, const std::string& name);

// A port, or several with commas; `source` is said where one is none.
Result<std::vector<int>> read_ports(const std::string& text, const std::string& source);

// One entry of a connection service file.
Result<std::map<std::string, std::string>> read_service(const io::Files& files, const Environment& environment, const std::string& name);

// From PGPASSFILE or ~/.pgpass, for the first host.
void look_up_password(Target& target, const io::Files& files, const Environment& environment);

// One of libpq's words for sslmode.
bool is_sslmode(std::string_view text);

}  // namespace pgprimer::config
