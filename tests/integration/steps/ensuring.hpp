#pragma once
// What the tests of ensure share: a server of a test's own, and entries.
#include <gmock/gmock.h>

#include "pgprimer/base/text.hpp"
#include "pgprimer/steps/ensure.hpp"
#include "support/ephemeral_server.hpp"
#include "support/run_task.hpp"

namespace pgprimer::steps {

using config::Ensure;
using test::EphemeralServer;
using test::run_task;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Texts = std::vector<std::string>;

inline Deadline soon() { return Deadline::after(30s); }

inline Task<Result<std::string>> ask_task(pg::Address address, std::string sql) {
    PGPRIMER_CO_TRY(pg::Connection session, co_await pg::Connection::open(address, soon()));
    PGPRIMER_CO_TRY(const pg::Rows rows, co_await session.query(sql, soon()));
    std::string text;
    for (int i = 0; i < rows.size(); ++i) {
        for (int j = 0; j < rows.columns(); ++j) text += (j > 0 ? "|" : i > 0 ? "\n" : "") + std::string(rows.at(i, j));
    }
    co_return text;
}

inline Task<Result<Texts>> act_task(pg::Address address, Ensure wanted) {
    PGPRIMER_CO_TRY(pg::Connection session, co_await pg::Connection::open(address, soon()));
    Texts called, given;
    std::function<void(const Change&)> on_change = [&called](const Change& change) { called.push_back(change.text); };
    PGPRIMER_CO_TRY(const auto changes, co_await act_ensure(session, wanted, on_change, soon()));
    for (const Change& change : changes) given.push_back(change.text);
    if (given != called) co_return Diagnostic(Error::failed, "on_change was called for other changes");
    co_return given;
}

inline Task<Result<std::vector<Change>>> look_task(pg::Address address, Ensure wanted) {
    PGPRIMER_CO_TRY(pg::Connection session, co_await pg::Connection::open(address, soon()));
    co_return co_await look_ensure(session, wanted, soon());
}

class EnsureTest : public testing::Test {
protected:
    explicit EnsureTest(EphemeralServer::Auth auth = EphemeralServer::Auth::trust) : server_(auth, {"log_statement = all"}) {}

    std::string ask(const std::string& sql, const pg::Address& address) {
        const auto answer = run_task(ask_task(address, sql));
        return answer ? *answer : to_text(answer.error());
    }
    std::string ask(const std::string& sql) { return ask(sql, server_.address()); }
    Texts act(const Ensure& wanted) { return act(wanted, server_.address()); }
    Texts act(const Ensure& wanted, const pg::Address& address) {
        const auto changes = run_task(act_task(address, wanted));
        if (!changes) return {to_text(changes.error())};
        return *changes;
    }
    Diagnostic act_error(const Ensure& wanted) {
        const auto changes = run_task(act_task(server_.address(), wanted));
        return changes ? Diagnostic(Error::failed, "no error") : changes.error();
    }
    Texts look(const Ensure& wanted) {
        const auto changes = run_task(look_task(server_.address(), wanted));
        if (!changes) return {to_text(changes.error())};
        Texts doing;
        for (const Change& change : *changes) doing.push_back(change.doing);
        return doing;
    }

    EphemeralServer server_;
};

class EnsureScramTest : public EnsureTest {
protected:
    EnsureScramTest() : EnsureTest(EphemeralServer::Auth::scram) {}
};

inline Place place(int line) { return {"pgprimer.toml", line, 1}; }

inline config::EnsureRole role(const std::string& name) {
    config::EnsureRole role;
    role.place = place(3);
    role.name = name;
    return role;
}

inline config::EnsureGrant grant(const std::string& to, Texts privileges, const std::string& on) {
    config::EnsureGrant grant;
    grant.place = place(7);
    grant.to = to;
    grant.privileges = std::move(privileges);
    grant.on = on;
    return grant;
}

inline config::EnsureGrant default_grant(const std::string& to, Texts privileges, const std::string& on) {
    config::EnsureGrant entry = grant(to, std::move(privileges), on);
    entry.is_default = true;
    return entry;
}

}  // namespace pgprimer::steps
