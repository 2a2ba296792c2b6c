#include "pgprimer/pg/probe.hpp"

#include <algorithm>
#include <map>

#include "knock.hpp"
#include "pgprimer/base/text.hpp"
#include "readiness.hpp"

namespace pgprimer::pg {
namespace {

constexpr auto attempt_limit = std::chrono::seconds{3};
constexpr auto names_hold = std::chrono::seconds{1};
constexpr auto said_holds = std::chrono::seconds{30};

// Why, where the address came from, what next.
Diagnostic refused_for_good(Diagnostic why, const Address& address, const Wants& wants) {
    why.error = Error::refused;
    const std::string state = why.sqlstate;
    std::string hint;
    if (state == "28P01" || state == "28000" || why.message.find("no password supplied") != std::string::npos) {
        hint = state == "28P01" ? "the password is wrong or there is no role \"" + address.user + "\": the server gives the same answer for both"
                                : "check role \"" + address.user + "\" and the server's pg_hba.conf";
        if (why.message.find("does not exist") != std::string::npos) hint = "create role \"" + address.user + "\", or name the one that is there";
        if (why.message.find("no pg_hba.conf entry") != std::string::npos)
            hint = "the server's pg_hba.conf does not let this host, role and database in";
        if (why.message.find("no password supplied") != std::string::npos)
            hint = "the server wants a password for role \"" + address.user + "\" and none is configured";
        hint += "; wait_for_role = true waits for it";
    } else if (why.message.find("does not support SSL") != std::string::npos) {
        hint = "the server has no TLS: set sslmode=prefer or disable, or switch TLS on there";
    } else if (why.message.find("certificate") != std::string::npos) {
        hint = "set sslrootcert, or SSL_CERT_FILE, to the CA that signed the server's certificate";
    } else if (why.message.find("invalid response to SSL") != std::string::npos ||
               why.message.find("expected authentication request") != std::string::npos) {
        hint = "what answers there is not PostgreSQL: check host and port";
    } else if (state == "42501") {
        hint = "as the database's owner: GRANT CONNECT ON DATABASE " + quote_identifier(address.dbname) + " TO " + quote_identifier(address.user);
    } else if (state == "55000") {
        hint = "name another database, or as a superuser: ALTER DATABASE " + quote_identifier(address.dbname) + " ALLOW_CONNECTIONS true";
    } else if (state == "42704" || state == "22023") {
        hint = "is it set by ALTER ROLE or ALTER DATABASE ... SET?";
    } else if (state == "3D000") {
        hint = "create database \"" + address.dbname + "\"";
    }
    if (!why.hint.empty()) hint = why.hint + (hint.empty() ? "" : "; " + hint);
    why.hint = hint;
    if (!wants.sources.empty()) why.detail += (why.detail.empty() ? "" : "; ") + wants.sources;
    why.message = "\"" + address.display() + "\": " + why.message;
    return why;
}

// The start time as a number: as text it differs between roles with a TimeZone or DateStyle of their own.
constexpr const char* probing_sql =
    "SELECT (EXTRACT(epoch FROM pg_catalog.pg_postmaster_start_time()) * 1000000)::bigint, pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('listen_addresses'), pg_catalog.pg_backend_pid()";

bool by_socket(const Address& address) {
    return std::ranges::any_of(address.hosts, [](const std::string& host) { return host.starts_with('/'); });
}

// A missing database or role may be one that the image's temporary init server has yet to make: what is always there tells which server it is. That
// one may end, and the real one begin, between any two questions, so only a server that says that there is no such thing is believed.
Task<void> tell_missing_by_socket(Attempt* out, Address address, Deadline deadline) {
    const bool role = out->why.sqlstate == "28000";
    if (!by_socket(address) || (!role && address.dbname == "postgres")) co_return;
    out->may_be_init_server = true;
    if (role && address.user == "postgres") co_return;
    std::string sql =
        "SELECT pg_catalog.current_setting('listen_addresses') = '', EXISTS (SELECT FROM pg_catalog." +
        (role ? "pg_roles WHERE rolname = " + quote_literal(address.user) : "pg_database WHERE datname = " + quote_literal(address.dbname)) + ")";
    if (role) address.user = "postgres";
    address.dbname = "postgres";
    const Wants nothing;
    auto connection = co_await Connection::open(std::move(address), deadline);
    if (!connection) {
        out->state = read_failure(connection.error(), nothing);
        co_return;
    }
    auto rows = co_await connection->query(std::move(sql), deadline);
    if (!rows) {
        out->state = read_failure(rows.error(), nothing);
        co_return;
    }
    out->may_be_init_server = rows->at(0, 0) == "t";
    const bool there_by_now = rows->at(0, 1) == "t" && out->why.message.find("does not exist") != std::string::npos;
    if (out->may_be_init_server)
        out->state = Readiness::init_server;
    else if (there_by_now)
        out->state = Readiness::dropped;
}

}  // namespace

Task<Attempt> attempt(Address address, Wants wants, Deadline deadline) {
    Attempt out;
    const Deadline limit = deadline.within(attempt_limit);
    auto connection = co_await Connection::open(address, limit);
    if (!connection) {
        out.why = connection.error();
        if (out.why.error == Error::stopped) co_return out;
        out.state = read_failure(out.why, wants);
        const bool missing = out.why.sqlstate == "3D000" || out.why.sqlstate == "28000";
        if (missing && out.state == Readiness::hopeless && !wants.socket_only) co_await tell_missing_by_socket(&out, address, limit);
        if (out.state == Readiness::hopeless) out.why = refused_for_good(std::move(out.why), address, wants);
        co_return out;
    }
    auto rows = co_await connection->query(probing_sql, limit);
    if (!rows) {
        out.why = rows.error();
        if (out.why.error == Error::stopped) co_return out;
        out.state = read_failure(out.why, wants);
        if (out.state == Readiness::hopeless) out.why = refused_for_good(std::move(out.why), address, wants);
        co_return out;
    }
    ServerFacts facts;
    facts.postmaster_start = rows->at(0, 0);
    facts.in_recovery = rows->at(0, 1) == "t";
    facts.version = connection->server_version();
    facts.pgbouncer = rows->at(0, 3) != std::to_string(connection->backend_pid());
    if (rows->at(0, 2).empty() && !wants.socket_only) {
        out.state = Readiness::init_server;
        out.why = Diagnostic(Error::not_ready, "the server listens on its Unix socket only, as the image's temporary init server does");
        out.why.hint = "socket_only = true in [target], for a server that is meant so";
        co_return out;
    }
    if (facts.in_recovery && wants.writable) {
        out.state = Readiness::in_recovery;
        out.why = Diagnostic(Error::not_ready, "the server is in recovery and takes no writes");
        out.why.hint = "read_only = true in [target], where a standby will do";
        co_return out;
    }
    out.state = Readiness::ready;
    out.probed.emplace(Probed{std::move(connection).value(), std::move(facts)});
    co_return out;
}

namespace {

class Wait {
public:
    Wait(Address address, Wants wants, OnState on_state, Deadline deadline)
        : address_(std::move(address)), wants_(std::move(wants)), on_state_(std::move(on_state)), deadline_(deadline), knocker_(address_) {}

    // nullopt: only with `answer_will_do`.
    Task<Result<std::optional<Probed>>> run(bool answer_will_do) {
        while (true) {
            if (deadline_.stopped()) co_return not_ready(Waited::stopped, deadline_, "");
            if (deadline_.passed()) co_return too_late();
            const bool worth = state_ != Readiness::refused_connection || co_await somebody_listens();
            if (worth) {
                ++attempts_;
                Attempt one = co_await attempt(address_, wants_, deadline_);
                if (one.why.error == Error::stopped && !one.why.message.empty()) co_return std::move(one.why);
                const std::string& code = one.why.sqlstate;
                const bool answered = !one.may_be_init_server && (code == "3D000" || code.starts_with("28") || code == "42501");
                if (one.state == Readiness::ready || (answer_will_do && answered)) {
                    enter(Readiness::ready, {});
                    co_return std::move(one.probed);
                }
                if (one.state == Readiness::hopeless) co_return std::move(one.why);
                // Cut short by the deadline, it says nothing new.
                if (!(one.state == Readiness::timed_out && deadline_.passed() && attempts_ > 1)) enter(one.state, std::move(one.why));
            }
            const Waited slept = co_await sleep_for(pause_after(state_, waited()), deadline_);
            if (slept == Waited::stopped) co_return not_ready(slept, deadline_, "");
        }
    }

private:
    [[nodiscard]] SteadyClock::duration waited() const { return SteadyClock::now() - began_; }

    void enter(Readiness state, Diagnostic why) {
        last_ = std::move(why);
        if (state == state_) return;
        state_ = state;
        const auto now = SteadyClock::now();
        const auto said = said_.find(state);
        if (said != said_.end() && now - said->second < said_holds) return;  // to and fro
        said_[state] = now;
        on_state_(state, last_, waited());
    }

    Task<bool> somebody_listens() {
        const auto now = SteadyClock::now();
        if (now - resolved_ > names_hold) {
            const Deadline limit = deadline_.within(attempt_limit);
            const bool known = co_await knocker_.resolve_names(limit);
            resolved_ = SteadyClock::now();
            if (!known) co_return true;  // the attempt says why
        }
        ++knocks_;
        co_return co_await knocker_.knock(deadline_);
    }

    [[nodiscard]] Diagnostic too_late() const {
        Diagnostic late(Error::not_ready,
                        "\"" + address_.display() + "\" was not ready within " + human(waited()) + "; last seen: " + describe(state_));
        late.sqlstate = last_.sqlstate;
        late.detail = last_.message + (last_.detail.empty() ? "" : " (" + last_.detail + ")");
        late.detail += (late.detail.empty() ? "" : "; ") + std::string("asked ") + std::to_string(attempts_ + knocks_) + " times";
        if (!wants_.sources.empty()) late.detail += "; " + wants_.sources;
        late.hint = last_.hint;
        return late;
    }

    Address address_;
    Wants wants_;
    OnState on_state_;
    Deadline deadline_;
    Knocker knocker_;
    SteadyClock::time_point began_ = SteadyClock::now(), resolved_{};
    Readiness state_ = Readiness::connecting;
    Diagnostic last_;
    std::map<Readiness, SteadyClock::time_point> said_;
    std::size_t attempts_ = 0, knocks_ = 0;
};

}  // namespace

Task<Result<Probed>> wait_ready(Address address, Wants wants, OnState on_state, Deadline deadline) {
    Wait wait(std::move(address), std::move(wants), std::move(on_state), deadline);
    PGPRIMER_CO_TRY(auto probed, co_await wait.run(false));
    co_return std::move(*probed);
}

Task<Result<void>> wait_answering(Address address, Wants wants, OnState on_state, Deadline deadline) {
    Wait wait(std::move(address), std::move(wants), std::move(on_state), deadline);
    PGPRIMER_CO_TRY(const auto probed, co_await wait.run(true));
    co_return Result<void>{};
}

}  // namespace pgprimer::pg
