#include "expect_catalog.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "pgprimer/base/text.hpp"

namespace pgprimer::steps {
namespace {

constexpr std::array kinds = {Expected::relation, Expected::column, Expected::extension, Expected::role, Expected::schema, Expected::setting};

// One row of a VALUES list.
std::string row(std::size_t index, std::initializer_list<std::string> values) {
    std::string text = "(" + std::to_string(index);
    for (const std::string& value : values) text += ", " + value;
    return text + ")";
}

std::string values_of(const std::vector<std::string>& rows, const std::string& columns) {
    return "(VALUES " + join(rows, ", ") + ") AS w(" + columns + ")";
}

// kind, index, relation found, thing found, a setting's value, schemas that have a relation of this name
std::string relations_sql(const std::vector<Located<std::string>>& wanted) {
    std::vector<std::string> rows;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (const auto name = parse_name(*wanted[i])) rows.push_back(row(i, {literal_or_null(name->schema), quote_literal(name->name)}));
    }
    if (rows.empty()) return "";
    return "SELECT 'relation', w.i, true, f.oid IS NOT NULL, NULL::text, CASE WHEN f.oid IS NULL THEN"
           " (SELECT pg_catalog.string_agg(on_.nspname, ', ' ORDER BY on_.nspname) FROM pg_catalog.pg_class oc"
           " JOIN pg_catalog.pg_namespace on_ ON on_.oid = oc.relnamespace"
           " WHERE oc.relname = w.n AND oc.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')) END FROM " +
           values_of(rows, "i, s, n") + " CROSS JOIN LATERAL (SELECT " + relation_oid_sql("w.s", "w.n") + " AS oid) f";
}

std::string columns_sql(const std::vector<Located<std::string>>& wanted) {
    std::vector<std::string> rows;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (const auto name = parse_column(*wanted[i])) {
            rows.push_back(row(i, {literal_or_null(name->relation.schema), quote_literal(name->relation.name), quote_literal(name->column)}));
        }
    }
    if (rows.empty()) return "";
    return "SELECT 'column', w.i, f.oid IS NOT NULL, EXISTS (SELECT 1 FROM pg_catalog.pg_attribute a WHERE a.attrelid = f.oid"
           " AND a.attname = w.c AND a.attnum > 0 AND NOT a.attisdropped), NULL::text,"
           " (SELECT pg_catalog.string_agg(a.attname, ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = f.oid"
           " AND a.attnum > 0 AND NOT a.attisdropped) FROM " +
           values_of(rows, "i, s, n, c") + " CROSS JOIN LATERAL (SELECT " + relation_oid_sql("w.s", "w.n") + " AS oid) f";
}

std::string named_sql(const std::vector<Located<std::string>>& wanted, const std::string& kind, const std::string& from, const std::string& column) {
    std::vector<std::string> rows;
    for (std::size_t i = 0; i < wanted.size(); ++i) rows.push_back(row(i, {quote_literal(*wanted[i])}));
    if (rows.empty()) return "";
    return "SELECT '" + kind + "', w.i, true, EXISTS (SELECT 1 FROM pg_catalog." + from + " x WHERE x." + column +
           " = w.n), NULL::text, NULL::text FROM " + values_of(rows, "i, n");
}

// pg_settings shows what this role may see, so current_setting() is never asked for what it would refuse (42501).
std::string settings_sql(const std::vector<std::pair<std::string, Located<std::string>>>& wanted) {
    std::vector<std::string> rows;
    for (std::size_t i = 0; i < wanted.size(); ++i) rows.push_back(row(i, {quote_literal(wanted[i].first)}));
    if (rows.empty()) return "";
    return "SELECT 'setting', w.i, true, NULL::boolean, coalesce((SELECT pg_catalog.current_setting(s.name) FROM pg_catalog.pg_settings s"
           " WHERE pg_catalog.lower(s.name) = pg_catalog.lower(w.n)), CASE WHEN w.n LIKE '%.%' OR pg_catalog.lower(w.n) IN"
           " ('role', 'session_authorization', 'is_superuser') THEN pg_catalog.current_setting(w.n, true) END), NULL::text FROM " +
           values_of(rows, "i, n");
}

std::optional<bool> truth(std::string_view text) {
    const std::string word = lower(trim(text));
    if (word == "on" || word == "true" || word == "yes" || word == "1") return true;
    if (word == "off" || word == "false" || word == "no" || word == "0") return false;
    return std::nullopt;
}

}  // namespace

const char* to_string(Expected kind) {
    switch (kind) {
        case Expected::relation: return "relation";
        case Expected::column: return "column";
        case Expected::extension: return "extension";
        case Expected::role: return "role";
        case Expected::schema: return "schema";
        case Expected::setting: return "setting";
    }
    return "";
}

std::optional<ColumnName> parse_column(std::string_view text) {
    auto parts = parse_parts(text);
    if (!parts || parts->size() < 2 || parts->size() > 3) return std::nullopt;
    ColumnName name;
    name.column = parts->back();
    name.relation.name = (*parts)[parts->size() - 2];
    if (parts->size() == 3) name.relation.schema = parts->front();
    return name;
}

std::vector<Diagnostic> malformed_names(const config::Expect& expected) {
    std::vector<Diagnostic> findings;
    const auto add = [&findings](const Located<std::string>& name, const char* what, const char* hint) {
        findings.push_back(Diagnostic(Error::failed, "\"" + *name + "\" is not the name of a " + what).with_hint(hint).with_place(name.place));
    };
    for (const auto& name : expected.relations) {
        if (!parse_name(*name)) add(name, "relation", "write table, or schema.table, with \"\" around names in mixed case");
    }
    for (const auto& name : expected.columns) {
        if (!parse_column(*name)) add(name, "column", "write table.column, or schema.table.column, with \"\" around names in mixed case");
    }
    return findings;
}

std::string catalog_sql(const config::Expect& expected) {
    std::vector<std::string> parts;
    for (std::string part :
         {relations_sql(expected.relations), columns_sql(expected.columns), named_sql(expected.extensions, "extension", "pg_extension", "extname"),
          named_sql(expected.roles, "role", "pg_roles", "rolname"), named_sql(expected.schemas, "schema", "pg_namespace", "nspname"),
          settings_sql(expected.settings)}) {
        if (!part.empty()) parts.push_back(std::move(part));
    }
    return join(parts, " UNION ALL ");
}

std::vector<CatalogFinding> read_findings(const pg::Rows& rows, const config::Expect& expected) {
    std::vector<CatalogFinding> findings;
    for (int i = 0; i < rows.size(); ++i) {
        CatalogFinding finding;
        const auto kind = std::ranges::find_if(kinds, [&](Expected k) { return rows.at(i, 0) == to_string(k); });
        if (kind == kinds.end()) continue;
        finding.kind = *kind;
        const std::string_view index = rows.at(i, 1);
        std::from_chars(index.data(), index.data() + index.size(), finding.index);
        finding.relation_found = rows.at(i, 2) == "t";
        if (!rows.is_null(i, 4)) finding.actual = std::string(rows.at(i, 4));
        finding.elsewhere = std::string(rows.at(i, 5));
        const bool holds = finding.kind == Expected::setting
                               ? finding.actual && same_setting(*finding.actual, *expected.settings[finding.index].second)
                               : rows.at(i, 3) == "t";
        if (!holds) findings.push_back(std::move(finding));
    }
    return findings;
}

std::string names_sql() {
    return "(SELECT 'relation', CASE WHEN pg_catalog.pg_table_is_visible(c.oid) THEN c.relname::text"
           " ELSE pg_catalog.format('%s.%s', n.nspname, c.relname) END, CASE WHEN pg_catalog.pg_table_is_visible(c.oid)"
           " THEN pg_catalog.quote_ident(c.relname) ELSE pg_catalog.format('%I.%I', n.nspname, c.relname) END"
           " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')"
           " AND n.nspname !~ '^pg_(catalog|toast|temp)' AND n.nspname <> 'information_schema' ORDER BY 2 LIMIT 5000)"
           " UNION ALL SELECT 'extension', extname::text, NULL FROM pg_catalog.pg_extension"
           " UNION ALL (SELECT 'available', name::text, NULL FROM pg_catalog.pg_available_extensions)"
           " UNION ALL (SELECT 'role', rolname::text, NULL FROM pg_catalog.pg_roles LIMIT 5000)"
           " UNION ALL (SELECT 'setting', name, NULL FROM pg_catalog.pg_settings)"
           " UNION ALL (SELECT 'schema', nspname::text, NULL FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' LIMIT 5000)";
}

bool same_setting(std::string_view actual, std::string_view wanted) {
    if (trim(actual) == trim(wanted)) return true;
    const auto a = truth(actual);
    // "1" and "0" are numbers where the other side is no word of truth.
    const bool words = iequals(actual, "on") || iequals(actual, "off") || iequals(actual, "true") || iequals(actual, "false");
    return words && a == truth(wanted);
}

}  // namespace pgprimer::steps
