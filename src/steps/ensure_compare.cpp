#include "ensure_compare.hpp"

#include <algorithm>

#include "ensure_password.hpp"
#include "pgprimer/base/text.hpp"

namespace pgprimer::steps {
namespace {

// "create" and "created": what is done, and what was.
struct Verb {
    const char *present, *past;
};
constexpr Verb create{"create", "created"}, alter{"alter", "altered"}, set{"set", "set"}, grant_verb{"grant", "granted"}, make{"make", "made"},
    update{"update", "updated"}, move_verb{"move", "moved"}, enable{"enable", "enabled"}, force_verb{"force", "forced"};

class Changes {
public:
    Change& add(Thing thing, const Place& place, Verb verb, const std::string& rest, std::string sql) {
        Change& change = list_.emplace_back();
        change.thing = thing;
        change.place = place;
        change.text = std::string(verb.past) + " " + rest;
        change.doing = std::string(verb.present) + " " + rest;
        change.sql = std::move(sql);
        return change;
    }
    std::vector<Change> list_;
};

std::string verifier_clause(const WantedRole& role) { return " PASSWORD " + quote_literal(scram_verifier(role.entry->password->reveal())); }

// As SQL reads them, the attributes in which `fact` differs; all that are wanted where there is no such role.
std::vector<std::string> attributes(const WantedRole& role, const RoleFact* fact) {
    std::vector<std::string> list;
    for (const auto& [flag, value] : role.flags) {
        if (fact == nullptr || fact->flags.at(flag) != value) list.push_back((value ? "" : "no") + flag);
    }
    if (role.connection_limit && (fact == nullptr || fact->connection_limit != *role.connection_limit)) {
        list.push_back("connection limit " + std::to_string(*role.connection_limit));
    }
    if (role.valid_until && (fact == nullptr || !fact->same_valid_until)) list.push_back("valid until " + quote_literal(*role.valid_until));
    return list;
}

void compare_role(const WantedRole& role, const Facts& facts, Changes& changes) {
    const auto& entry = *role.entry;
    const auto there = facts.roles.find(entry.name);
    const RoleFact* fact = there == facts.roles.end() ? nullptr : &there->second;
    const auto differing = attributes(role, fact);
    std::string words;
    for (const std::string& attribute : differing) words += " " + attribute;
    const std::string name = quote_identifier(entry.name);
    if (fact == nullptr) {
        if (entry.password) words += verifier_clause(role);
        changes.add(Thing::role, entry.place, create, "role " + entry.name, "CREATE ROLE " + name + words);
        return;
    }
    if (!differing.empty()) {
        changes.add(Thing::role, entry.place, alter, "role " + entry.name + ": " + join(differing, ", "), "ALTER ROLE " + name + words);
    }
    if (entry.password && fact->password != Password::same) {
        Change& change =
            changes.add(Thing::role, entry.place, set, "the password of role " + entry.name, "ALTER ROLE " + name + verifier_clause(role));
        change.certain = fact->password == Password::differs;
    }
}

void compare_membership_and_settings(const WantedRole& role, const Facts& facts, Changes& changes) {
    const auto& entry = *role.entry;
    static const RoleFact nothing;
    const auto there = facts.roles.find(entry.name);
    const RoleFact& fact = there == facts.roles.end() ? nothing : there->second;
    for (const std::string& group : entry.member_of) {
        if (fact.member_of.contains(group)) continue;
        changes.add(Thing::membership, entry.place, grant_verb, "role " + group + " to " + entry.name,
                    "GRANT " + quote_identifier(group) + " TO " + quote_identifier(entry.name));
    }
    for (const auto& [name, value] : entry.set) {
        const auto known = fact.settings.find(lower(name));
        const bool is_list = is_list_setting(name);
        const auto elements = is_list ? read_list(value) : std::vector<std::string>{value};
        if (known != fact.settings.end() && (is_list ? read_list(known->second) == elements : known->second == value)) continue;
        std::vector<std::string> literals;
        for (const std::string& element : elements) literals.push_back(quote_literal(element));
        changes.add(Thing::setting, entry.place, set, name + " of role " + entry.name,
                    "ALTER ROLE " + quote_identifier(entry.name) + " SET " + quote_identifier(name) + " TO " + join(literals, ", "));
    }
}

// "en_US.UTF-8" and "en_US.utf8" are one.
std::string plain(std::string_view name) {
    std::string text = lower(name);
    std::erase_if(text, [](char c) { return c == '-' || c == '_'; });
    return text;
}

bool same_locale(const DatabaseFact& fact, const std::string& locale) {
    return plain(fact.collate) == plain(locale) && plain(fact.ctype) == plain(locale);
}

// Only template0 can be copied into another encoding or locale; the server compares a locale's names as they are written.
std::string template_of(const config::EnsureDatabase& entry, const Facts& facts) {
    if (entry.template_name) return *entry.template_name;
    const auto usual = facts.databases.find("template1");
    if (usual == facts.databases.end()) return "";
    const DatabaseFact& fact = usual->second;
    const bool differs = (entry.encoding && plain(fact.encoding) != plain(*entry.encoding)) ||
                         (entry.locale && (fact.collate != *entry.locale || fact.ctype != *entry.locale));
    return differs ? "template0" : "";
}

Result<void> compare_database(const config::EnsureDatabase& entry, const Facts& facts, Changes& changes) {
    const std::string name = quote_identifier(entry.name);
    const auto there = facts.databases.find(entry.name);
    if (there == facts.databases.end()) {
        std::string sql = "CREATE DATABASE " + name;
        if (entry.owner) sql += " OWNER " + quote_identifier(*entry.owner);
        if (const std::string from = template_of(entry, facts); !from.empty()) sql += " TEMPLATE " + quote_identifier(from);
        if (entry.encoding) sql += " ENCODING " + quote_literal(*entry.encoding);
        if (entry.locale) sql += " LOCALE " + quote_literal(*entry.locale);
        changes.add(Thing::database, entry.place, create, "database " + entry.name, sql);
        return {};
    }
    const DatabaseFact& fact = there->second;
    std::string wrong;
    if (entry.encoding && !fact.same_encoding)
        wrong = "encoding " + fact.encoding + ", not " + *entry.encoding;
    else if (entry.locale && !same_locale(fact, *entry.locale))
        wrong = "collation " + fact.collate + " and ctype " + fact.ctype + ", not " + *entry.locale;
    if (!wrong.empty()) {
        return Diagnostic(Error::failed, "database " + entry.name + " is there with " + wrong)
            .with_hint("that cannot be changed: dump it, drop it and restore it into a new one, or write here what it has")
            .with_place(entry.place);
    }
    if (entry.owner && fact.owner != *entry.owner) {
        changes.add(Thing::database, entry.place, make, *entry.owner + " the owner of database " + entry.name,
                    "ALTER DATABASE " + name + " OWNER TO " + quote_identifier(*entry.owner));
    }
    return {};
}

void compare_schema(const config::EnsureSchema& entry, const Facts& facts, Changes& changes) {
    const auto there = facts.schemas.find(entry.name);
    const std::string name = quote_identifier(entry.name);
    if (there == facts.schemas.end()) {
        changes.add(Thing::schema, entry.place, create, "schema " + entry.name,
                    "CREATE SCHEMA " + name + (entry.owner ? " AUTHORIZATION " + quote_identifier(*entry.owner) : ""));
    } else if (entry.owner && there->second != *entry.owner) {
        changes.add(Thing::schema, entry.place, make, *entry.owner + " the owner of schema " + entry.name,
                    "ALTER SCHEMA " + name + " OWNER TO " + quote_identifier(*entry.owner));
    }
}

void compare_extension(const config::EnsureExtension& entry, const Facts& facts, Changes& changes) {
    const auto there = facts.extensions.find(entry.name);
    const std::string name = quote_identifier(entry.name);
    if (there == facts.extensions.end()) {
        std::string sql = "CREATE EXTENSION " + name;
        if (entry.schema) sql += " SCHEMA " + quote_identifier(*entry.schema);
        if (entry.version) sql += " VERSION " + quote_literal(*entry.version);
        changes.add(Thing::extension, entry.place, create, "extension " + entry.name, sql + " CASCADE");
        return;
    }
    const ExtensionFact& fact = there->second;
    if (entry.version && fact.version != *entry.version) {
        changes.add(Thing::extension, entry.place, update, "extension " + entry.name + " from " + fact.version + " to " + *entry.version,
                    "ALTER EXTENSION " + name + " UPDATE TO " + quote_literal(*entry.version));
    }
    if (entry.schema && fact.schema != *entry.schema) {
        changes.add(Thing::extension, entry.place, move_verb, "extension " + entry.name + " from schema " + fact.schema + " to " + *entry.schema,
                    "ALTER EXTENSION " + name + " SET SCHEMA " + quote_identifier(*entry.schema));
    }
}

// The schemas of extensions come into being like those that are asked for.
std::vector<config::EnsureSchema> schemas_of(const config::Ensure& ensure) {
    std::vector<config::EnsureSchema> schemas = ensure.schemas;
    for (const auto& extension : ensure.extensions) {
        const auto is_it = [&extension](const config::EnsureSchema& schema) { return schema.name == *extension.schema; };
        if (extension.schema && std::ranges::none_of(schemas, is_it)) schemas.push_back({extension.place, *extension.schema, std::nullopt});
    }
    return schemas;
}

const char* default_objects(GrantKind kind) {
    switch (kind) {
        case GrantKind::default_tables: return "TABLES";
        case GrantKind::default_sequences: return "SEQUENCES";
        case GrantKind::default_functions: return "FUNCTIONS";
        case GrantKind::default_types: return "TYPES";
        case GrantKind::default_schemas: return "SCHEMAS";
        default: return nullptr;
    }
}

std::string object_of(const WantedGrant& grant) {
    switch (grant.kind) {
        case GrantKind::database: return "DATABASE " + grant.name.sql();
        case GrantKind::schema: return "SCHEMA " + grant.name.sql();
        case GrantKind::table: return "TABLE " + grant.name.sql();
        case GrantKind::sequence: return "SEQUENCE " + grant.name.sql();
        case GrantKind::function: return "ROUTINE " + grant.name.sql() + grant.signature;
        case GrantKind::all_tables: return "ALL TABLES IN SCHEMA " + grant.name.sql();
        case GrantKind::all_sequences: return "ALL SEQUENCES IN SCHEMA " + grant.name.sql();
        case GrantKind::all_functions: return "ALL FUNCTIONS IN SCHEMA " + grant.name.sql();
        default: return default_objects(grant.kind);
    }
}

bool is_all(GrantKind kind) { return kind == GrantKind::all_tables || kind == GrantKind::all_sequences || kind == GrantKind::all_functions; }

void compare_grant(const WantedGrant& grant, std::size_t index, const Facts& facts, const std::vector<config::EnsureSchema>& schemas,
                   Changes& changes) {
    const auto there = facts.grants.find(index);
    if (there != facts.grants.end() && there->second.lacking == 0) return;
    if (there == facts.grants.end() && is_all(grant.kind)) {  // nothing is in that schema
        const auto is_it = [&grant](const config::EnsureSchema& schema) { return schema.name == grant.name.name; };
        if (facts.schemas.contains(grant.name.name) || std::ranges::any_of(schemas, is_it)) return;
    }
    const auto& entry = *grant.entry;
    const std::string privileges = grant.all ? "ALL" : join(grant.privileges, ", ");
    const std::string to = grant.to_public ? "PUBLIC" : quote_identifier(entry.to);
    std::string sql = "GRANT " + privileges + " ON " + object_of(grant) + " TO " + to;
    std::string what = privileges + " on " + std::string(trim(entry.on)) + " to " + entry.to;
    const bool is_default = default_objects(grant.kind) != nullptr;
    if (is_default) {
        std::string where = "ALTER DEFAULT PRIVILEGES";
        if (entry.for_role) where += " FOR ROLE " + quote_identifier(*entry.for_role);
        if (!grant.name.name.empty()) where += " IN SCHEMA " + quote_identifier(grant.name.name);
        sql = where + " " + sql;
        what = "by default " + what;
        if (entry.for_role) what += ", for objects of " + *entry.for_role;
    }
    Change& change = changes.add(is_default ? Thing::default_grant : Thing::grant, entry.place, grant_verb, what, sql);
    if (is_all(grant.kind) && there != facts.grants.end()) {
        const GrantFact& fact = there->second;
        change.text += " (" + std::to_string(fact.lacking) + " of " + std::to_string(fact.objects) + " lacked it, " + fact.example + " for one)";
    }
}

void compare_rls(const WantedRls& rls, std::size_t index, const Facts& facts, Changes& changes) {
    const auto there = facts.rls.find(index);
    const RlsFact fact = there == facts.rls.end() ? RlsFact{} : there->second;
    const std::string table = "ALTER TABLE " + rls.table.sql(), what = "row-level security on " + rls.table.display();
    if (!fact.enabled) changes.add(Thing::rls, rls.entry->place, enable, what, table + " ENABLE ROW LEVEL SECURITY");
    if (rls.entry->force && !fact.forced) changes.add(Thing::rls, rls.entry->place, force_verb, what, table + " FORCE ROW LEVEL SECURITY");
}

}  // namespace

Result<std::vector<Change>> compare(const Wanted& wanted, const Facts& facts) {
    Changes changes;
    const auto schemas = schemas_of(*wanted.entry);
    for (const WantedRole& role : wanted.roles) compare_role(role, facts, changes);
    for (const WantedRole& role : wanted.roles) compare_membership_and_settings(role, facts, changes);
    for (const auto& database : wanted.entry->databases) PGPRIMER_CHECK(compare_database(database, facts, changes));
    for (const auto& schema : schemas) compare_schema(schema, facts, changes);
    for (const auto& extension : wanted.entry->extensions) compare_extension(extension, facts, changes);
    for (std::size_t i = 0; i < wanted.grants.size(); ++i) compare_grant(wanted.grants[i], i, facts, schemas, changes);
    for (std::size_t i = 0; i < wanted.rls.size(); ++i) compare_rls(wanted.rls[i], i, facts, changes);
    std::ranges::stable_sort(changes.list_, {}, &Change::thing);
    return std::move(changes.list_);
}

}  // namespace pgprimer::steps
