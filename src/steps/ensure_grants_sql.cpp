#include "ensure_facts_sql.hpp"
#include "pgprimer/base/text.hpp"

namespace pgprimer::steps {
namespace {

std::string kind_text(GrantKind kind) { return std::to_string(static_cast<int>(kind)); }

// pg_default_acl's letter of the kind of object.
std::string default_letter(GrantKind kind) {
    switch (kind) {
        case GrantKind::default_tables: return "r";
        case GrantKind::default_sequences: return "S";
        case GrantKind::default_functions: return "f";
        case GrantKind::default_types: return "T";
        case GrantKind::default_schemas: return "n";
        default: return "";
    }
}

std::string wanted_row(const WantedGrant& grant, std::size_t index) {
    std::string row = "(" + std::to_string(index) + ", " + kind_text(grant.kind) + ", " + literal_or_null(grant.name.schema) + ", " +
                      literal_or_null(grant.name.name) + ", ";
    std::string function;
    if (grant.kind == GrantKind::function) function = grant.name.sql() + grant.signature;
    row += literal_or_null(function) + ", " + (grant.signature.empty() ? "false" : "true") + ", ";
    row += literal_or_null(default_letter(grant.kind)) + ", " + literal_or_null(grant.to_public ? "" : grant.entry->to) + ", ";
    row += literal_or_null(grant.entry->for_role.value_or("")) + ", ";
    return row + (grant.all ? "NULL::text[]" : text_array(grant.privileges)) + ")";
}

std::string kinds(std::initializer_list<GrantKind> list) {
    std::vector<std::string> texts;
    for (const GrantKind kind : list) texts.push_back(kind_text(kind));
    return " w.kind IN (" + join(texts, ", ") + ") ";
}

// index, label, acl, letter of acldefault(), owner: of every object that a grant names. A null acl is an empty one.
std::string objects_sql() {
    using enum GrantKind;
    const std::string table_kinds = "c.relkind IN ('r', 'p', 'v', 'm', 'f')";
    const auto with_default = [](const std::string& acl, const std::string& letter, const std::string& owner) {
        return "coalesce(" + acl + ", pg_catalog.acldefault(" + letter + ", " + owner + ")), " + letter + "::\"char\", " + owner;
    };
    const std::string relation_letter = "CASE WHEN c.relkind = 'S' THEN 's'::\"char\" ELSE 'r'::\"char\" END";
    const std::string d = "'d'::\"char\"", n = "'n'::\"char\"", f = "'f'::\"char\"";
    return "SELECT w.i, x.datname::text, " + with_default("x.datacl", d, "x.datdba") +
           " FROM w JOIN pg_catalog.pg_database x ON x.datname = w.n WHERE" + kinds({database}) + "UNION ALL SELECT w.i, x.nspname::text, " +
           with_default("x.nspacl", n, "x.nspowner") + " FROM w JOIN pg_catalog.pg_namespace x ON x.nspname = w.n WHERE" + kinds({schema}) +
           "UNION ALL SELECT w.i, c.relname::text, " + with_default("c.relacl", relation_letter, "c.relowner") +
           " FROM w JOIN pg_catalog.pg_class c ON c.oid = " + relation_oid_sql("w.s", "w.n") + " WHERE" + kinds({table, sequence}) +
           "AND CASE w.kind WHEN " + kind_text(table) + " THEN " + table_kinds + " ELSE c.relkind = 'S' END" +
           " UNION ALL SELECT w.i, c.relname::text, " + with_default("c.relacl", relation_letter, "c.relowner") +
           " FROM w JOIN pg_catalog.pg_namespace x ON x.nspname = w.n JOIN pg_catalog.pg_class c ON c.relnamespace = x.oid WHERE" +
           kinds({all_tables, all_sequences}) + "AND CASE w.kind WHEN " + kind_text(all_tables) + " THEN " + table_kinds +
           " ELSE c.relkind = 'S' END" + " UNION ALL SELECT w.i, p.proname::text, " + with_default("p.proacl", f, "p.proowner") +
           " FROM w JOIN pg_catalog.pg_proc p ON p.oid = CASE WHEN w.signature THEN pg_catalog.to_regprocedure(w.function)::oid"
           " ELSE pg_catalog.to_regproc(w.function)::oid END WHERE" +
           kinds({function}) + "UNION ALL SELECT w.i, p.proname::text, " + with_default("p.proacl", f, "p.proowner") +
           " FROM w JOIN pg_catalog.pg_namespace x ON x.nspname = w.n JOIN pg_catalog.pg_proc p ON p.pronamespace = x.oid AND p.prokind <> 'p'"
           " WHERE" +
           kinds({all_functions}) +
           // Default privileges of a schema start from nothing and are added to the general ones, which start from the built-in ones.
           "UNION ALL SELECT w.i, 'default', coalesce(x.defaclacl, CASE WHEN w.n IS NULL THEN"
           " pg_catalog.acldefault(CASE w.letter WHEN 'S' THEN 's' ELSE w.letter END::\"char\", r.oid) END),"
           " CASE w.letter WHEN 'S' THEN 's' ELSE w.letter END::\"char\", r.oid"
           " FROM w JOIN pg_catalog.pg_roles r ON r.rolname = coalesce(w.for_role, current_user)"
           " LEFT JOIN pg_catalog.pg_namespace s ON s.nspname = w.n"
           " LEFT JOIN pg_catalog.pg_default_acl x ON x.defaclrole = r.oid AND x.defaclobjtype = w.letter::\"char\""
           " AND x.defaclnamespace = CASE WHEN w.n IS NULL THEN 0::oid ELSE s.oid END"
           " WHERE w.letter IS NOT NULL AND (w.n IS NULL OR s.oid IS NOT NULL)";
}

}  // namespace

std::string grants_sql(const Wanted& wanted) {
    if (wanted.grants.empty()) return "";
    std::vector<std::string> rows;
    for (std::size_t i = 0; i < wanted.grants.size(); ++i) rows.push_back(wanted_row(wanted.grants[i], i));
    // Explicit entries only: has_..._privilege() would count what comes by membership, by PUBLIC or by being a superuser.
    return "WITH w(i, kind, s, n, function, signature, letter, grantee, for_role, privileges) AS (VALUES " + join(rows, ", ") +
           "), o(i, label, acl, letter, owner) AS (" + objects_sql() +
           "), t AS (SELECT o.i, o.label, coalesce(w.privileges, ARRAY(SELECT e.privilege_type FROM"
           " pg_catalog.aclexplode(pg_catalog.acldefault(o.letter, o.owner)) e WHERE e.grantee = o.owner)) <@"
           " ARRAY(SELECT e.privilege_type FROM pg_catalog.aclexplode(o.acl) e WHERE e.grantee = g.oid) AS has"
           " FROM o JOIN w ON w.i = o.i CROSS JOIN LATERAL (SELECT CASE WHEN w.grantee IS NULL THEN 0::oid ELSE"
           " (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = w.grantee) END AS oid) g)"
           " SELECT 'grant' AS kind, t.i, pg_catalog.count(*) AS objects, pg_catalog.count(*) FILTER (WHERE NOT t.has) AS lacking,"
           " pg_catalog.min(t.label) FILTER (WHERE NOT t.has) AS example FROM t GROUP BY t.i";
}

}  // namespace pgprimer::steps
