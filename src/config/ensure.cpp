#include "step.hpp"

namespace pgprimer::config {
namespace {

// The key that names a thing; a failure where it is missing.
std::string required(Fields& f, const char* key, const char* where, Reading& reading) {
    auto value = f.plain(key);
    if (!value && !f.has(key)) reading.fail(f.place(), std::string(where) + " has no " + key, std::string(key) + " = \"...\"");
    return value.value_or("");
}

EnsureRole read_role(const toml::table& table, Reading& reading) {
    Fields f(table, "[[step.ensure.role]]", reading);
    EnsureRole out;
    out.place = f.place();
    out.name = required(f, "name", "[[step.ensure.role]]", reading);
    out.login = f.boolean("login");
    out.attributes = f.plain_texts("attributes");
    if (auto password = f.plain("password")) {
        out.password = Secret(std::move(*password));
        reading.hide(*out.password);
    }
    out.member_of = f.plain_texts("member_of");
    out.set = f.plain_map("set");
    f.finish();
    return out;
}

EnsureDatabase read_database(const toml::table& table, Reading& reading) {
    Fields f(table, "[[step.ensure.database]]", reading);
    EnsureDatabase out;
    out.place = f.place();
    out.name = required(f, "name", "[[step.ensure.database]]", reading);
    out.owner = f.plain("owner");
    out.encoding = f.plain("encoding");
    out.locale = f.plain("locale");
    out.template_name = f.plain("template");
    f.finish();
    return out;
}

EnsureSchema read_schema(const toml::table& table, Reading& reading) {
    Fields f(table, "[[step.ensure.schema]]", reading);
    EnsureSchema out;
    out.place = f.place();
    out.name = required(f, "name", "[[step.ensure.schema]]", reading);
    out.owner = f.plain("owner");
    f.finish();
    return out;
}

EnsureExtension read_extension(const toml::table& table, Reading& reading) {
    Fields f(table, "[[step.ensure.extension]]", reading);
    EnsureExtension out;
    out.place = f.place();
    out.name = required(f, "name", "[[step.ensure.extension]]", reading);
    out.schema = f.plain("schema");
    out.version = f.plain("version");
    f.finish();
    return out;
}

EnsureGrant read_grant(const toml::table& table, Reading& reading) {
    Fields f(table, "[[step.ensure.grant]]", reading);
    EnsureGrant out;
    out.place = f.place();
    out.to = required(f, "to", "[[step.ensure.grant]]", reading);
    out.privileges = f.plain_texts("privileges");
    out.on = required(f, "on", "[[step.ensure.grant]]", reading);
    out.is_default = f.boolean("default").value_or(false);
    out.for_role = f.plain("for_role");
    f.finish();
    return out;
}

EnsureRls read_rls(const toml::table& table, Reading& reading) {
    Fields f(table, "[[step.ensure.rls]]", reading);
    EnsureRls out;
    out.place = f.place();
    out.table = required(f, "table", "[[step.ensure.rls]]", reading);
    out.force = f.boolean("force").value_or(false);
    f.finish();
    return out;
}

}  // namespace

Ensure read_ensure(const toml::table& table, Reading& reading) {
    Fields f(table, "[step.ensure]", reading);
    Ensure out;
    for (const auto* one : f.tables("role")) out.roles.push_back(read_role(*one, reading));
    for (const auto* one : f.tables("database")) out.databases.push_back(read_database(*one, reading));
    for (const auto* one : f.tables("schema")) out.schemas.push_back(read_schema(*one, reading));
    for (const auto* one : f.tables("extension")) out.extensions.push_back(read_extension(*one, reading));
    for (const auto* one : f.tables("grant")) out.grants.push_back(read_grant(*one, reading));
    for (const auto* one : f.tables("rls")) out.rls.push_back(read_rls(*one, reading));
    f.finish();
    return out;
}

}  // namespace pgprimer::config
