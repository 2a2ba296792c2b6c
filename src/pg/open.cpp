#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "diagnose.hpp"
#include "pgprimer/pg/resolve.hpp"
#include "state.hpp"

namespace pgprimer::pg {
namespace {

struct Place {
    std::string host, address;  // address: "" for a socket folder
    int port = 5432;
};

std::string where(const Place& place) {
    return place.host.starts_with('/') ? place.host + "/.s.PGSQL." + std::to_string(place.port) : place.host + ":" + std::to_string(place.port);
}

void receive_notice(void* argument, const PGresult* result) {
    const auto* state = static_cast<Connection::State*>(argument);
    if (!state->notice_handler) return;
    const auto field = [result](int code) {
        const char* text = PQresultErrorField(result, code);
        return std::string(text == nullptr ? "" : text);
    };
    state->notice_handler({field(PG_DIAG_SEVERITY_NONLOCALIZED), field(PG_DIAG_SQLSTATE), field(PG_DIAG_MESSAGE_PRIMARY), field(PG_DIAG_MESSAGE_DETAIL),
                           field(PG_DIAG_MESSAGE_HINT), field(PG_DIAG_CONTEXT)});
}

// Nothing is left to libpq's own defaults: no operating system user, no PG* variables, no password file but a named one.
ConnectionHandle start(const Address& address, const Place& place) {
    std::map<std::string, std::string> values = address.parameters;
    values["host"] = place.host;
    if (!place.address.empty()) values["hostaddr"] = place.address;
    values["port"] = std::to_string(place.port);
    values["user"] = address.user;
    values["dbname"] = address.dbname;
    if (!address.password.empty()) values["password"] = address.password.reveal();
    values["application_name"] = address.application_name;
    values["client_encoding"] = "UTF8";
    values.try_emplace("passfile", "/dev/null");
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

}  // namespace

Task<Result<std::vector<std::string>>> resolve(std::string host, Deadline deadline) {
    namespace ip = boost::asio::ip;
    boost::system::error_code error;
    const auto literal = ip::make_address(host, error);
    if (!error) co_return std::vector<std::string>{literal.to_string()};
    // getaddrinfo runs in the resolver's own thread; it cannot be interrupted, so the wait for it is ours.
    struct Answer {
        boost::system::error_code error;
        std::vector<std::string> addresses;
        Signal done;
        bool ended = false;
    };
    auto executor = co_await boost::asio::this_coro::executor;
    auto answer = std::make_shared<Answer>();
    auto resolver = std::make_shared<ip::tcp::resolver>(executor);
    resolver->async_resolve(host, "", [answer, resolver](const boost::system::error_code& failed, const ip::tcp::resolver::results_type& results) {
        answer->error = failed;
        for (const auto& entry : results) answer->addresses.push_back(entry.endpoint().address().to_string());
        answer->ended = true;
        answer->done.notify_all();
    });
    while (!answer->ended) {
        const Waited waited = co_await answer->done.wait(deadline);
        if (waited != Waited::ready) co_return not_ready(waited, deadline, "the name \"" + host + "\" was not resolved in time");
    }
    if (answer->error || answer->addresses.empty()) {
        Diagnostic unknown(Error::not_ready, "the name \"" + host + "\" does not resolve");
        unknown.detail = answer->error.message();
        co_return unknown;
    }
    co_return answer->addresses;
}

Task<Result<Connection>> Connection::open(Address address, Deadline deadline) {
    Diagnostic last(Error::not_ready, "no host to connect to");
    for (std::size_t i = 0; i < address.hosts.size(); ++i) {
        const std::string& host = address.hosts[i];
        const int port = address.ports.empty() ? 5432 : address.ports[std::min(i, address.ports.size() - 1)];
        std::vector<std::string> addresses{""};
        if (!host.starts_with('/')) {
            auto resolved = co_await resolve(host, deadline);
            if (!resolved) {
                last = resolved.error();
                if (last.error == Error::stopped) co_return last;
                continue;
            }
            addresses = *resolved;
        }
        for (const auto& one : addresses) {
            Place place{host, one, port};
            auto handle = co_await connect_one(address, place, deadline);
            if (handle) {
                auto state = std::make_unique<State>();
                state->handle = std::move(handle).value();
                state->address = std::move(address);
                PQsetNoticeReceiver(state->get(), &receive_notice, state.get());
                co_return Connection(std::move(state));
            }
            last = handle.error();
            // A server that answered with an error has answered for all addresses of its name.
            if (last.error == Error::stopped || last.error == Error::timeout || !last.sqlstate.empty()) co_return last;
        }
    }
    co_return last;
}

}  // namespace pgprimer::pg
