#include "knock.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <cerrno>
#include <cstring>

#include "pgprimer/pg/resolve.hpp"

namespace pgprimer::pg {
namespace {

// Longer than a way around the world; whoever takes longer swallows packets, and an attempt says so.
constexpr auto patience = std::chrono::milliseconds{500};

class Socket {
public:
    explicit Socket(int family) : fd_(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {}
    ~Socket() {
        if (fd_ >= 0) ::close(fd_);
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    [[nodiscard]] int fd() const { return fd_; }

private:
    int fd_;
};

struct Endpoint {
    ::sockaddr_storage storage{};
    ::socklen_t size = 0;
};

bool fill(Endpoint& out, const std::string& address, int port) {
    if (address.starts_with('/')) {
        auto* local = reinterpret_cast<::sockaddr_un*>(&out.storage);
        if (address.size() >= sizeof local->sun_path) return false;
        local->sun_family = AF_UNIX;
        std::memcpy(local->sun_path, address.c_str(), address.size() + 1);
        out.size = sizeof *local;
        return true;
    }
    boost::system::error_code error;
    const auto ip = boost::asio::ip::make_address(address, error);
    if (error) return false;
    if (ip.is_v4()) {
        auto* v4 = reinterpret_cast<::sockaddr_in*>(&out.storage);
        v4->sin_family = AF_INET;
        v4->sin_port = htons(static_cast<std::uint16_t>(port));
        const auto bytes = ip.to_v4().to_bytes();
        std::memcpy(&v4->sin_addr, bytes.data(), bytes.size());
        out.size = sizeof *v4;
    } else {
        auto* v6 = reinterpret_cast<::sockaddr_in6*>(&out.storage);
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(static_cast<std::uint16_t>(port));
        v6->sin6_scope_id = static_cast<std::uint32_t>(ip.to_v6().scope_id());
        const auto bytes = ip.to_v6().to_bytes();
        std::memcpy(&v6->sin6_addr, bytes.data(), bytes.size());
        out.size = sizeof *v6;
    }
    return true;
}

}  // namespace

Task<bool> Knocker::resolve_names(Deadline deadline) {
    doors_.clear();
    for (std::size_t i = 0; i < address_.hosts.size(); ++i) {
        const int port = address_.ports.empty() ? 5432 : address_.ports[std::min(i, address_.ports.size() - 1)];
        const std::string& host = address_.hosts[i];
        if (host.starts_with('/')) {
            doors_.push_back({host + "/.s.PGSQL." + std::to_string(port), 0});
            continue;
        }
        const auto resolved = co_await resolve(host, deadline);
        if (!resolved) continue;
        for (const auto& one : *resolved) doors_.push_back({one, port});
    }
    co_return !doors_.empty();
}

Task<bool> Knocker::knock(Deadline deadline) {
    for (const auto& door : doors_) {
        if (co_await knock_at(door, deadline)) co_return true;
    }
    co_return false;
}

Task<bool> Knocker::knock_at(const Door& door, Deadline deadline) {
    Endpoint endpoint;
    if (!fill(endpoint, door.address, door.port)) co_return true;
    const Socket socket(endpoint.storage.ss_family);
    if (socket.fd() < 0) co_return true;
    if (::connect(socket.fd(), reinterpret_cast<const ::sockaddr*>(&endpoint.storage), endpoint.size) == 0) co_return true;
    if (errno == EAGAIN) co_return true;  // a Unix socket whose queue is full
    if (errno != EINPROGRESS) co_return false;
    // On this machine the answer has come already as a rule; waiting costs five times as much as all the rest.
    ::pollfd answered{socket.fd(), POLLOUT, 0};
    if (::poll(&answered, 1, 0) != 1) {
        const Deadline limit = deadline.within(patience);
        const Waited waited = co_await wait_writable(socket.fd(), limit);
        if (waited != Waited::ready) co_return true;
    }
    int error = 0;
    ::socklen_t size = sizeof error;
    ::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
    co_return error == 0;
}

}  // namespace pgprimer::pg
