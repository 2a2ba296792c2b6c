#include <algorithm>

#include "diagnose.hpp"
#include "pgprimer/pg/resolve.hpp"
#include "state.hpp"

namespace pgprimer::pg {
namespace {

constexpr auto patience_with_one_of_several = std::chrono::seconds{10};

struct Place {
    std::string host, address;  // address: "" for a socket folder
    int port = 5432;
};

std::string where(const Place& place) {
    return place.host.starts_with('/') ? place.host + "/.s.PGSQL." + std::to_string(place.port) : place.host + ":" + std::to_string(place.port);
}

void receive_notice(void* argument, const PGresult* result) {
    auto* state = static_cast<Connection::State*>(argument);
    Diagnostic said = diagnose(result);
    if (said.error == Error::lost) {
        state->farewell = std::move(said);
        return;
    }
    if (!state->notice_handler) return;
    const auto field = [result](int code) {
        const char* text = PQresultErrorField(result, code);
        return std::string(text == nullptr ? "" : text);
    };
    state->notice_handler({field(PG_DIAG_SEVERITY_NONLOCALIZED), field(PG_DIAG_SQLSTATE), field(PG_DIAG_MESSAGE_PRIMARY),
                           field(PG_DIAG_MESSAGE_DETAIL), field(PG_DIAG_MESSAGE_HINT), field(PG_DIAG_CONTEXT), said.internal_query,
                           said.server_position});
}

// Nothing is left to libpq's own defaults: no operating system user, no password file but a named one, of PG* variables only TLS's
// (forget_environment).
ConnectionHandle start(const Address& address, const Place& place) {
    std::map<std::string, std::string> values = address.parameters;
    values["host"] = place.host;
    if (!place.address.empty()) values["hostaddr"] = place.address;
    values["port"] = std::to_string(place.port);
    values["user"] = address.user;
    values["dbname"] = address.dbname;
    if (!address.password.empty()) values["password"] = address.password.reveal();
    values["application_name"] = address.application_name;
    values.erase("client_encoding");
    if (!address.client_encoding.empty()) values["client_encoding"] = address.client_encoding;
    values.try_emplace("passfile", "/dev/null/none");  // one that is there but no plain file is complained about on stderr
    values.try_emplace("sslmode", "prefer");
    values.try_emplace("keepalives", "1");
    values.try_emplace("keepalives_idle", "30");
    values.try_emplace("keepalives_interval", "10");
    values.try_emplace("keepalives_count", "3");
    values.try_emplace("gssencmode", "disable");
    values["options"] = "";
    std::vector<const char*> names, texts;
    for (const auto& [name, value] : values) {
        names.push_back(name.c_str());
        texts.push_back(value.c_str());
    }
    names.push_back(nullptr);
    texts.push_back(nullptr);
    return ConnectionHandle(PQconnectStartParams(names.data(), texts.data(), 0));
}

Task<Result<ConnectionHandle>> connect_one(const Address& address, Place place, Deadline deadline) {
    ConnectionHandle handle = start(address, place);
    if (!handle) co_return Diagnostic(Error::internal, "out of memory");
    const auto failed = [&handle, &place] {
        Diagnostic why = diagnose_connect(handle.get());
        if (why.sqlstate.empty()) why.detail = "at " + where(place);
        return why;
    };
    if (PQstatus(handle.get()) == CONNECTION_BAD) co_return failed();
    PQsetErrorVerbosity(handle.get(), PQERRORS_VERBOSE);  // puts the SQLSTATE into the message
    PostgresPollingStatusType polled = PGRES_POLLING_WRITING;
    while (true) {
        // The socket may be another one at each turn.
        const int fd = PQsocket(handle.get());
        const Waited waited = polled == PGRES_POLLING_READING ? co_await wait_readable(fd, deadline) : co_await wait_writable(fd, deadline);
        if (waited != Waited::ready) {
            Diagnostic why = not_ready(waited, deadline, "no answer from " + where(place) + " in time");
            co_return why;
        }
        polled = PQconnectPoll(handle.get());
        if (polled == PGRES_POLLING_OK) break;
        if (polled == PGRES_POLLING_FAILED) co_return failed();
    }
    PQsetErrorVerbosity(handle.get(), PQERRORS_DEFAULT);
    if (PQsetnonblocking(handle.get(), 1) != 0) co_return failed();
    co_return handle;
}

// The first of so many to be tried may not use up the time of the others.
Deadline share(const Deadline& deadline, std::size_t left) {
    if (left <= 1) return deadline;
    if (deadline.is_never()) return deadline.within(patience_with_one_of_several);
    return deadline.within(deadline.remaining() / static_cast<int>(left));
}

}  // namespace

Task<Result<Connection>> Connection::open(Address address, Deadline deadline) {
    Diagnostic last(Error::not_ready, "no host to connect to");
    std::optional<Diagnostic> answer;  // a server's own word tells more than the silence of others
    for (std::size_t i = 0; i < address.hosts.size(); ++i) {
        const std::string& host = address.hosts[i];
        const std::size_t hosts_left = address.hosts.size() - i;
        const int port = address.ports.empty() ? 5432 : address.ports[std::min(i, address.ports.size() - 1)];
        std::vector<std::string> addresses{""};
        if (!host.starts_with('/')) {
            auto resolved = co_await resolve(host, share(deadline, hosts_left));
            if (!resolved) {
                last = resolved.error();
                if (last.error == Error::stopped) co_return last;
                continue;
            }
            addresses = *resolved;
        }
        for (std::size_t j = 0; j < addresses.size(); ++j) {
            Place place{host, addresses[j], port};
            auto handle = co_await connect_one(address, place, share(deadline, addresses.size() - j + hosts_left - 1));
            if (handle) {
                auto state = std::make_unique<State>();
                state->handle = std::move(handle).value();
                state->address = std::move(address);
                PQsetNoticeReceiver(state->get(), &receive_notice, state.get());
                co_return Connection(std::move(state));
            }
            last = handle.error();
            if (last.error == Error::stopped) co_return last;
            if (last.sqlstate.empty()) continue;
            // A server that answered has answered for all addresses of its name; as in libpq, only "not now" leads to the next host.
            if (!last.sqlstate.starts_with("57P") && last.sqlstate != "53300") co_return last;
            if (!answer) answer = last;
            break;
        }
    }
    co_return answer ? std::move(*answer) : std::move(last);
}

}  // namespace pgprimer::pg
