#include "not_sql.hpp"

namespace pgprimer::sql {

Instead what_it_is_instead(std::string_view line) {
    using namespace std::string_view_literals;
    if (line.starts_with("PGDMP")) return {"this is an archive of pg_dump, not SQL", "restore it with pg_restore, or dump with --format=plain"};
    if (line.starts_with("\xFF\xFE"sv) || line.starts_with("\xFE\xFF"sv)) return {"this is UTF-16 text", "save it as UTF-8"};
    if (line.size() >= 4 && (line[0] == '\0') != (line[1] == '\0') && (line[0] == '\0') == (line[2] == '\0') &&
        (line[1] == '\0') == (line[3] == '\0'))
        return {"this looks like UTF-16 text: every other byte is NUL", "save it as UTF-8"};
    if (line.starts_with("\x1F\x8B"sv)) return {"this is gzip data", "name it *.gz"};
    if (line.starts_with("\x28\xB5\x2F\xFD"sv)) return {"this is zstd data", "name it *.zst"};
    if (line.starts_with('\xFD') && line.substr(1).starts_with("7zXZ")) return {"this is xz data", "name it *.xz"};
    return {};
}

}  // namespace pgprimer::sql
