#include "pgprimer/pg/resolve.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>

#include "pgprimer/base/offload.hpp"

namespace pgprimer::pg {
namespace {

struct Lookup {
    std::string host;
    int error = EAI_AGAIN;
    std::vector<std::string> addresses;

    void run() {
        ::addrinfo wanted{};
        wanted.ai_socktype = SOCK_STREAM;
        ::addrinfo* found = nullptr;
        error = ::getaddrinfo(host.c_str(), nullptr, &wanted, &found);
        if (error != 0) return;
        const std::unique_ptr<::addrinfo, decltype(&::freeaddrinfo)> all(found, &::freeaddrinfo);
        for (const ::addrinfo* one = found; one != nullptr; one = one->ai_next) {
            std::array<char, NI_MAXHOST> text{};
            if (::getnameinfo(one->ai_addr, one->ai_addrlen, text.data(), static_cast<::socklen_t>(text.size()), nullptr, 0, NI_NUMERICHOST) != 0)
                continue;
            if (std::ranges::find(addresses, text.data()) == addresses.end()) addresses.emplace_back(text.data());
        }
    }
};

}  // namespace

// getaddrinfo cannot be interrupted, and takes its time where a name server is silent. Asio's resolver would make the end of the process wait for it.
Task<Result<std::vector<std::string>>> resolve(std::string host, Deadline deadline) {
    if (deadline.stopped()) co_return not_ready(Waited::stopped, deadline, "");
    boost::system::error_code error;
    const auto literal = boost::asio::ip::make_address(host, error);
    if (!error) co_return std::vector<std::string>{literal.to_string()};
    auto lookup = std::make_shared<Lookup>();
    lookup->host = host;
    std::function<void()> work = [lookup] { lookup->run(); };
    const Waited waited = co_await offload(std::move(work), deadline);
    if (waited != Waited::ready) co_return not_ready(waited, deadline, "the name \"" + host + "\" was not resolved in time");
    if (lookup->error != 0 || lookup->addresses.empty()) {
        Diagnostic unknown(Error::not_ready, "the name \"" + host + "\" does not resolve");
        unknown.detail = ::gai_strerror(lookup->error);
        co_return unknown;
    }
    co_return lookup->addresses;
}

}  // namespace pgprimer::pg
