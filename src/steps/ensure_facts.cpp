#include "ensure_facts.hpp"

#include <charconv>

#include "ensure_facts_sql.hpp"
#include "pgprimer/base/text.hpp"

namespace pgprimer::steps {
namespace {

int number(std::string_view text) {
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

struct Row {
    const pg::Rows& rows;
    int row;
    [[nodiscard]] std::string text(int column) const { return std::string(rows.at(row, column)); }
    [[nodiscard]] bool flag(int column) const { return rows.at(row, column) == "t"; }
};

void read_role(const Row& row, Facts& facts) {
    RoleFact& role = facts.roles[row.text(1)];
    role.flags = {{"superuser", row.flag(2)}, {"inherit", row.flag(3)},     {"createrole", row.flag(4)}, {"createdb", row.flag(5)},
                  {"login", row.flag(6)},     {"replication", row.flag(7)}, {"bypassrls", row.flag(8)}};
    role.connection_limit = number(row.text(9));
    role.same_valid_until = row.flag(10);
    role.expired = row.flag(11);
    if (!row.rows.is_null(row.row, 12)) role.verifier = row.text(12);
}

void read_setting(const Row& row, Facts& facts) {
    const std::string text = row.text(2);
    const auto equals = text.find('=');
    if (equals != std::string::npos) facts.roles[row.text(1)].settings[lower(text.substr(0, equals))] = text.substr(equals + 1);
}

void read_row(const Row& row, Facts& facts, bool& may_read_authid) {
    const std::string kind = row.text(0);
    if (kind == "session") {
        facts.user = row.text(1);
        facts.database = row.text(2);
        facts.superuser = row.flag(3);
        may_read_authid = row.flag(4);
    } else if (kind == "role") {
        read_role(row, facts);
    } else if (kind == "member") {
        facts.roles[row.text(1)].member_of.insert(row.text(2));
    } else if (kind == "setting") {
        read_setting(row, facts);
    } else if (kind == "database") {
        facts.databases[row.text(1)] = {row.text(2), row.text(3), row.text(4), row.text(5), row.flag(6)};
    } else if (kind == "schema") {
        facts.schemas[row.text(1)] = row.text(2);
    } else if (kind == "extension") {
        facts.extensions[row.text(1)] = {row.text(2), row.text(3)};
    } else if (kind == "grant") {
        facts.grants[static_cast<std::size_t>(number(row.text(1)))] = {number(row.text(2)), number(row.text(3)), row.text(4)};
    } else if (kind == "rls") {
        facts.rls[static_cast<std::size_t>(number(row.text(1)))] = {row.text(2), row.flag(3), row.flag(4)};
    }
}

// An error that a value of the user's caused is said at its place.
Diagnostic placed(Diagnostic error, const Wanted& wanted) {
    if (error.error != Error::failed) return error;
    for (const WantedRole& role : wanted.roles) {
        if (error.sqlstate.starts_with("22") && role.valid_until && error.message.find(*role.valid_until) != std::string::npos) {
            error.place = role.entry->place;
            error.message = "role " + role.entry->name + ": valid until: " + error.message;
            return error;
        }
    }
    for (const WantedGrant& grant : wanted.grants) {
        if (grant.kind == GrantKind::function) {
            error.place = grant.entry->place;
            break;
        }
    }
    error.message = "looking up what is there: " + error.message;
    return error;
}

}  // namespace

Task<Result<Facts>> gather(pg::Connection& session, const Wanted& wanted, Deadline deadline) {
    Facts facts;
    const bool superuser = session.parameter("is_superuser") == "on";
    const std::string sql = facts_sql(wanted, superuser);
    auto rows = co_await session.query(sql, deadline);
    if (!rows) co_return placed(std::move(rows).error(), wanted);
    bool may_read_authid = superuser;
    for (int i = 0; i < rows->size(); ++i) read_row({*rows, i}, facts, may_read_authid);
    facts.verifiers = superuser;
    bool passwords = false;
    for (const WantedRole& role : wanted.roles) passwords = passwords || role.entry->password.has_value();
    if (superuser || !may_read_authid || !passwords) co_return facts;
    const std::string verifiers = verifiers_sql(wanted);
    PGPRIMER_CO_TRY(const pg::Rows known, co_await session.query(verifiers, deadline));
    for (int i = 0; i < known.size(); ++i) {
        if (!known.is_null(i, 1)) facts.roles[std::string(known.at(i, 0))].verifier = std::string(known.at(i, 1));
    }
    facts.verifiers = true;
    co_return facts;
}

}  // namespace pgprimer::steps
