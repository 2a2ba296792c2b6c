#include "ensure_facts_sql.hpp"

#include <set>

#include "pgprimer/base/text.hpp"

namespace pgprimer::steps {
namespace {

constexpr std::size_t width = 13;

// One branch of the union: each expression as text, filled up with nulls.
std::string branch(const std::vector<std::string>& expressions, const std::string& from) {
    std::string sql = "SELECT ";
    for (std::size_t i = 0; i < width; ++i) {
        sql += i > 0 ? ", " : "";
        sql += i < expressions.size() ? "(" + expressions[i] + ")::text" : "NULL::text";
    }
    return sql + " FROM " + from;
}

std::string array_of(const std::set<std::string>& names) { return text_array(std::vector<std::string>(names.begin(), names.end())); }

// Every role that is named anywhere, so that one that is missing is known.
std::set<std::string> roles_named(const Wanted& wanted) {
    std::set<std::string> names;
    for (const WantedRole& role : wanted.roles) {
        names.insert(role.entry->name);
        names.insert(role.entry->member_of.begin(), role.entry->member_of.end());
    }
    for (const auto& database : wanted.entry->databases) names.insert(database.owner.value_or(""));
    for (const auto& schema : wanted.entry->schemas) names.insert(schema.owner.value_or(""));
    for (const WantedGrant& grant : wanted.grants) {
        names.insert(grant.to_public ? "" : grant.entry->to);
        names.insert(grant.entry->for_role.value_or(""));
    }
    names.erase("");
    return names;
}

std::string roles_sql(const Wanted& wanted, const std::set<std::string>& names, bool authid) {
    std::string until = "NULL::text";
    for (const WantedRole& role : wanted.roles) {
        if (!role.valid_until) continue;
        if (until == "NULL::text") until = "CASE r.rolname ";
        until += "WHEN " + quote_literal(role.entry->name) + " THEN " + quote_literal(*role.valid_until) + " ";
    }
    if (until != "NULL::text") until += "END";
    return branch({"'role'", "r.rolname", "r.rolsuper", "r.rolinherit", "r.rolcreaterole", "r.rolcreatedb", "r.rolcanlogin", "r.rolreplication",
                   "r.rolbypassrls", "r.rolconnlimit", "coalesce(r.rolvaliduntil, 'infinity') = (" + until + ")::pg_catalog.timestamptz",
                   "r.rolvaliduntil IS NOT NULL AND r.rolvaliduntil <= pg_catalog.now()", authid ? "r.rolpassword" : "NULL"},
                  std::string("pg_catalog.") + (authid ? "pg_authid" : "pg_roles") + " r WHERE r.rolname = ANY (" + array_of(names) + ")");
}

void add_roles(const Wanted& wanted, bool authid, std::vector<std::string>& branches) {
    const auto names = roles_named(wanted);
    if (!names.empty()) branches.push_back(roles_sql(wanted, names, authid));
    if (wanted.roles.empty()) return;
    branches.push_back(branch({"'member'", "m.rolname", "g.rolname"},
                              "pg_catalog.pg_auth_members a JOIN pg_catalog.pg_roles m ON m.oid = a.member"
                              " JOIN pg_catalog.pg_roles g ON g.oid = a.roleid WHERE m.rolname = ANY (" +
                                  array_of(names) + ")"));
    branches.push_back(branch({"'setting'", "r.rolname", "s.entry"},
                              "pg_catalog.pg_db_role_setting d JOIN pg_catalog.pg_roles r ON r.oid = d.setrole"
                              " CROSS JOIN LATERAL pg_catalog.unnest(d.setconfig) AS s(entry)"
                              " WHERE d.setdatabase = 0 AND r.rolname = ANY (" +
                                  array_of(names) + ")"));
}

void add_databases(const Wanted& wanted, std::vector<std::string>& branches) {
    std::vector<std::string> rows;
    for (const auto& database : wanted.entry->databases) {
        rows.push_back("(" + quote_literal(database.name) + ", " + literal_or_null(database.encoding.value_or("")) + ")");
    }
    if (rows.empty()) return;
    rows.emplace_back("('template1', NULL)");
    branches.push_back(branch({"'database'", "d.datname", "o.rolname", "pg_catalog.pg_encoding_to_char(d.encoding)", "d.datcollate", "d.datctype",
                               "pg_catalog.pg_char_to_encoding(w.encoding::pg_catalog.name) = d.encoding"},
                              "(VALUES " + join(rows, ", ") +
                                  ") AS w(name, encoding) JOIN pg_catalog.pg_database d ON d.datname = w.name"
                                  " JOIN pg_catalog.pg_roles o ON o.oid = d.datdba"));
}

void add_schemas(const Wanted& wanted, std::vector<std::string>& branches) {
    std::set<std::string> names;
    for (const auto& schema : wanted.entry->schemas) names.insert(schema.name);
    for (const auto& extension : wanted.entry->extensions) names.insert(extension.schema.value_or(""));
    for (const WantedGrant& grant : wanted.grants) {
        const bool object = grant.kind == GrantKind::table || grant.kind == GrantKind::sequence || grant.kind == GrantKind::function;
        if (grant.kind != GrantKind::database) names.insert(object ? grant.name.schema : grant.name.name);
    }
    names.erase("");
    if (names.empty()) return;
    branches.push_back(
        branch({"'schema'", "n.nspname", "o.rolname"},
               "pg_catalog.pg_namespace n JOIN pg_catalog.pg_roles o ON o.oid = n.nspowner WHERE n.nspname = ANY (" + array_of(names) + ")"));
}

void add_extensions(const Wanted& wanted, std::vector<std::string>& branches) {
    std::set<std::string> names;
    for (const auto& extension : wanted.entry->extensions) names.insert(extension.name);
    if (names.empty()) return;
    branches.push_back(
        branch({"'extension'", "e.extname", "n.nspname", "e.extversion"},
               "pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = ANY (" + array_of(names) + ")"));
}

void add_rls(const Wanted& wanted, std::vector<std::string>& branches) {
    std::vector<std::string> rows;
    for (std::size_t i = 0; i < wanted.rls.size(); ++i) {
        const Name& table = wanted.rls[i].table;
        rows.push_back("(" + std::to_string(i) + ", " + literal_or_null(table.schema) + ", " + quote_literal(table.name) + ")");
    }
    if (rows.empty()) return;
    branches.push_back(
        branch({"'rls'", "w.i", "c.relrowsecurity", "c.relforcerowsecurity"},
               "(VALUES " + join(rows, ", ") + ") AS w(i, s, n) JOIN pg_catalog.pg_class c ON c.oid = " + relation_oid_sql("w.s", "w.n")));
}

}  // namespace

std::string facts_sql(const Wanted& wanted, bool authid) {
    std::vector<std::string> branches;
    branches.push_back(branch({"'authid'", "pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'SELECT')"}, "(VALUES (1)) AS one"));
    add_roles(wanted, authid, branches);
    add_databases(wanted, branches);
    add_schemas(wanted, branches);
    add_extensions(wanted, branches);
    if (const std::string grants = grants_sql(wanted); !grants.empty()) {
        branches.push_back(branch({"g.kind", "g.i", "g.objects", "g.lacking", "g.example"}, "(" + grants + ") AS g"));
    }
    add_rls(wanted, branches);
    return join(branches, " UNION ALL ");
}

std::string verifiers_sql(const Wanted& wanted) {
    std::set<std::string> names;
    for (const WantedRole& role : wanted.roles) names.insert(role.entry->name);
    return "SELECT rolname, rolpassword FROM pg_catalog.pg_authid WHERE rolname = ANY (" + array_of(names) + ")";
}

}  // namespace pgprimer::steps
