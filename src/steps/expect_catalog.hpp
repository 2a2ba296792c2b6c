#pragma once
// The one query that compares expected things with the catalogs, and the second one that looks for near names.
#include <optional>
#include <string>
#include <vector>

#include "pgprimer/config/expect.hpp"
#include "pgprimer/pg/connection.hpp"
#include "pgprimer/steps/catalog.hpp"

namespace pgprimer::steps {

enum class Expected { relation, column, extension, role, schema, setting };

// "relation", ...: what Blame is asked for, too.
const char* to_string(Expected kind);

struct CatalogFinding {
    Expected kind{};
    std::size_t index = 0;              // in its list of config::Expect
    bool relation_found = false;        // of a column
    std::optional<std::string> actual;  // of a setting
    std::string elsewhere;              // "a, b": schemas that have a relation of this name
};

// Names as written, split. nullopt: malformed.
struct ColumnName {
    Name relation;
    std::string column;
};
std::optional<ColumnName> parse_column(std::string_view text);
std::vector<Diagnostic> malformed_names(const config::Expect& expected);

// "" where nothing is expected of the catalogs. Malformed names are left out.
std::string catalog_sql(const config::Expect& expected);
// Only what is not as expected.
std::vector<CatalogFinding> read_findings(const pg::Rows& rows, const config::Expect& expected);

// kind, name of all relations, extensions, roles and schemas; and a relation's name as SQL writes it.
std::string names_sql();

// Is a setting's current text what is expected? Words of truth and falsehood are alike.
bool same_setting(std::string_view actual, std::string_view wanted);

}  // namespace pgprimer::steps
