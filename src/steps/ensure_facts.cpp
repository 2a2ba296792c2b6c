#include "ensure_facts.hpp"

#include <algorithm>
#include <charconv>

#include "ensure_facts_sql.hpp"
#include "ensure_password.hpp"
#include "pgprimer/base/text.hpp"

namespace pgprimer::steps {
namespace {

constexpr std::chrono::seconds login_patience{10};

int number(std::string_view text) {
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

struct Row {
    const pg::Rows& rows;
    int row;
    [[nodiscard]] std::string text(int column) const { return std::string(rows.at(row, column)); }
    [[nodiscard]] bool flag(int column) const { return rows.at(row, column) == "true"; }  // as the cast to text writes it
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
    if (kind == "authid") {
        may_read_authid = row.flag(1);
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
        facts.rls[static_cast<std::size_t>(number(row.text(1)))] = {row.flag(2), row.flag(3)};
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

Password compare_verifier(const WantedRole& role, const RoleFact& fact) {
    return fact.verifier && verifier_matches(*fact.verifier, role.entry->name, role.entry->password->reveal()) ? Password::same : Password::differs;
}

// By a login, where the server's catalog does not tell.
Task<Result<Password>> try_password(pg::Address address, const WantedRole& role, const RoleFact& fact, Deadline deadline) {
    // Refused whatever the password. Where that is to change, the look after the change tells.
    if (!fact.flags.at("login") || fact.expired) co_return Password::same;
    if (is_verifier(role.entry->password->reveal())) co_return Password::unknown;
    address.user = role.entry->name;
    address.password = *role.entry->password;
    const auto session = co_await pg::Connection::open(std::move(address), deadline.within(login_patience));
    if (session) co_return Password::same;
    const Diagnostic& why = session.error();
    if (why.error == Error::stopped || deadline.passed()) co_return why;
    if (why.sqlstate == "28P01") co_return Password::differs;
    // Said after the password was right: no CONNECT on the database; the role has all the connections that it may have ("too many clients" comes
    // before).
    const bool role_is_full = why.sqlstate == "53300" && why.message.find(role.entry->name) != std::string::npos;
    co_return why.sqlstate == "42501" || role_is_full ? Password::same : Password::unknown;
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
    const auto has_password = [](const WantedRole& role) { return role.entry->password.has_value(); };
    if (std::ranges::none_of(wanted.roles, has_password)) co_return facts;
    if (!superuser && may_read_authid) {
        const std::string verifiers = verifiers_sql(wanted);
        PGPRIMER_CO_TRY(const pg::Rows known, co_await session.query(verifiers, deadline));
        for (int i = 0; i < known.size(); ++i) {
            if (!known.is_null(i, 1)) facts.roles[std::string(known.at(i, 0))].verifier = std::string(known.at(i, 1));
        }
    }
    for (const WantedRole& role : wanted.roles) {
        const auto there = facts.roles.find(role.entry->name);
        if (!has_password(role) || there == facts.roles.end()) continue;
        if (may_read_authid)
            there->second.password = compare_verifier(role, there->second);
        else { PGPRIMER_CO_TRY(there->second.password, co_await try_password(session.address(), role, there->second, deadline)); }
    }
    co_return facts;
}

}  // namespace pgprimer::steps
