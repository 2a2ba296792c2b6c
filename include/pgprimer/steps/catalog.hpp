#pragma once
// What several kinds of step ask of PostgreSQL's catalogs: names as SQL reads them, and which tables are the user's.
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pgprimer::steps {

// PostgreSQL cuts longer names (bytes).
inline constexpr std::size_t longest_name = 63;

// A name of a relation: `schema` is "" where the search_path decides.
struct Name {
    std::string schema, name;

    [[nodiscard]] std::string sql() const;      // quoted
    [[nodiscard]] std::string display() const;  // for people

    friend bool operator==(const Name&, const Name&) = default;
};

// "a.B.\"C.d\"" -> a, b, C.d: unquoted parts are folded to lower case, as SQL does. nullopt: not a name.
std::optional<std::vector<std::string>> parse_parts(std::string_view text);
// At most a schema and a name.
std::optional<Name> parse_name(std::string_view text);
// A name for people, in quotes where SQL would read it otherwise.
std::string as_written(const std::string& name);

// ARRAY['a','b']::text[]
std::string text_array(std::span<const std::string> values);
// 'x', or NULL::text for "".
std::string literal_or_null(std::string_view value);

// The oid (or null) of the relation named by two SQL expressions, schema (null: by search_path) and name. Never fails, whatever the rights.
std::string relation_oid_sql(const std::string& schema, const std::string& name);

// A CASE over pg_class c joined with pg_namespace n: why this table is not the user's ("system", "extension", "ledger", "tool", "temporary",
// "foreign"), or null. A partition is as its relation kind says; whether it is one is c.relispartition.
std::string not_users_sql(const std::string& ledger_schema);

// SELECT oid, schema, name, kind of the user's tables: ordinary and partitioned ones, without partitions, extensions' members, our ledger,
// other tools' ledgers, temporary and system tables.
std::string user_tables_sql(const std::string& ledger_schema);

}  // namespace pgprimer::steps
