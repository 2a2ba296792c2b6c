#include "pgprimer/steps/catalog.hpp"

#include <array>
#include <utility>

#include "pgprimer/base/text.hpp"

namespace pgprimer::steps {
namespace {

// Tables in which other tools keep what they have applied, in whatever schema.
const std::array<std::string, 26> tools_tables = {"schema_migrations",
                                                  "flyway_schema_history",
                                                  "databasechangelog",
                                                  "databasechangeloglock",
                                                  "goose_db_version",
                                                  "atlas_schema_revisions",
                                                  "_sqlx_migrations",
                                                  "__diesel_schema_migrations",
                                                  "refinery_schema_history",
                                                  "django_migrations",
                                                  "_prisma_migrations",
                                                  "ar_internal_metadata",
                                                  "schema_version",
                                                  "gorp_migrations",
                                                  "alembic_version",
                                                  "__EFMigrationsHistory",
                                                  "SequelizeMeta",
                                                  "SequelizeData",
                                                  "knex_migrations",
                                                  "knex_migrations_lock",
                                                  "kysely_migration",
                                                  "kysely_migration_lock",
                                                  "__drizzle_migrations",
                                                  "pgmigrations",
                                                  "phinxlog",
                                                  "doctrine_migration_versions"};
const std::array<std::string, 2> tools_schemas = {"sqitch", "atlas_schema_revisions"};

// Removes one part from `text`; nullopt where there is none.
std::optional<std::string> take_part(std::string_view& text) {
    text = trim(text);
    std::string part;
    if (!text.empty() && text.front() == '"') {
        std::size_t at = 1;
        while (true) {
            if (at >= text.size()) return std::nullopt;
            if (text[at] == '"') {
                if (at + 1 < text.size() && text[at + 1] == '"')
                    ++at;
                else
                    break;
            }
            part += text[at++];
        }
        text.remove_prefix(at + 1);
    } else {
        std::size_t end = 0;
        while (end < text.size() && std::string_view(". \t\r\n\"'(),;").find(text[end]) == std::string_view::npos) ++end;
        part = lower(text.substr(0, end));
        text.remove_prefix(end);
    }
    text = trim(text);
    if (part.empty()) return std::nullopt;
    return part;
}

}  // namespace

std::string Name::sql() const { return schema.empty() ? quote_identifier(name) : quote_identifier(schema) + "." + quote_identifier(name); }

std::string Name::display() const { return schema.empty() ? name : schema + "." + name; }

std::optional<std::vector<std::string>> parse_parts(std::string_view text) {
    std::vector<std::string> parts;
    while (true) {
        auto part = take_part(text);
        if (!part) return std::nullopt;
        parts.push_back(std::move(*part));
        if (text.empty()) return parts;
        if (text.front() != '.') return std::nullopt;
        text.remove_prefix(1);
    }
}

std::string as_written(const std::string& name) {
    const auto read = parse_parts(name);
    return read && read->size() == 1 && read->front() == name ? name : quote_identifier(name);
}

std::optional<Name> parse_name(std::string_view text) {
    auto parts = parse_parts(text);
    if (!parts || parts->size() > 2) return std::nullopt;
    if (parts->size() == 1) return Name{"", std::move(parts->front())};
    return Name{std::move(parts->front()), std::move(parts->back())};
}

std::string text_array(std::span<const std::string> values) {
    std::vector<std::string> quoted;
    quoted.reserve(values.size());
    for (const std::string& value : values) quoted.push_back(quote_literal(value));
    return "ARRAY[" + join(quoted, ",") + "]::text[]";
}

std::string literal_or_null(std::string_view value) { return value.empty() ? "NULL::text" : quote_literal(value); }

std::string relation_oid_sql(const std::string& schema, const std::string& name) {
    // to_regclass() of a name with a schema raises 42501 without USAGE on it, so that one is looked up by hand.
    return "CASE WHEN " + schema + " IS NULL THEN pg_catalog.to_regclass(pg_catalog.quote_ident(" + name +
           "))::oid ELSE (SELECT rc.oid FROM pg_catalog.pg_class rc JOIN pg_catalog.pg_namespace rn ON rn.oid = rc.relnamespace"
           " WHERE rn.nspname = " +
           schema + " AND rc.relname = " + name + ") END";
}

std::string not_users_sql(const std::string& ledger_schema) {
    return "CASE WHEN n.nspname ~ '^pg_(catalog|toast)' OR n.nspname = 'information_schema' THEN 'system'"
           " WHEN c.relpersistence = 't' OR n.nspname ~ '^pg_temp_' THEN 'temporary'"
           " WHEN n.nspname IN ('pgprimer', " +
           quote_literal(ledger_schema) +
           ") THEN 'ledger'"
           " WHEN c.relname = ANY (" +
           text_array(tools_tables) + ") OR n.nspname = ANY (" + text_array(tools_schemas) +
           ") THEN 'tool'"
           " WHEN c.relkind = 'f' THEN 'foreign'"
           " WHEN EXISTS (SELECT 1 FROM pg_catalog.pg_depend x WHERE x.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND x.objid = c.oid"
           " AND x.deptype = 'e') THEN 'extension' END";
}

std::string user_tables_sql(const std::string& ledger_schema) {
    return "SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind"
           " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
           " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND (" +
           not_users_sql(ledger_schema) + ") IS NULL";
}

}  // namespace pgprimer::steps
