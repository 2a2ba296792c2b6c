#include "connect.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <memory>
#include <system_error>
#include <thread>
#include <vector>

#include "pgprimer/http/get.hpp"
#include "url.hpp"

namespace pgprimer::http {
namespace {

struct Address {
    sockaddr_storage bytes{};
    socklen_t size = 0;
};

std::vector<Address> addresses(const addrinfo* list) {
    std::vector<Address> out;
    for (; list != nullptr; list = list->ai_next) {
        if (list->ai_addrlen > sizeof(sockaddr_storage)) continue;
        Address address;
        std::copy_n(reinterpret_cast<const char*>(list->ai_addr), list->ai_addrlen, reinterpret_cast<char*>(&address.bytes));
        address.size = list->ai_addrlen;
        out.push_back(address);
    }
    return out;
}

// What a resolver thread leaves behind. getaddrinfo cannot be interrupted: at the deadline the thread is left to itself, and with it its question.
struct Question {
    explicit Question(int fd) : answered(fd) {}
    Question(const Question&) = delete;
    Question& operator=(const Question&) = delete;
    ~Question() { ::close(answered); }
    int answered;  // an eventfd: its count orders the thread's writes below before our reads
    int error = 0;
    int system_error = 0;
    std::vector<Address> found;
};

int ask(const std::string& host, int port, int flags, std::vector<Address>& found) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
    if (error != 0) return error;
    found = addresses(list);
    ::freeaddrinfo(list);
    return 0;
}

void answer(const std::shared_ptr<Question>& question, const std::string& host, int port) noexcept {
    try {
        question->error = ask(host, port, AI_ADDRCONFIG, question->found);
        // AI_ADDRCONFIG hides localhost from a machine that has loopback only.
        if (question->error != 0 || question->found.empty()) question->error = ask(host, port, 0, question->found);
        question->system_error = errno;
    } catch (...) { question->error = EAI_MEMORY; }
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(question->answered, &one, sizeof one);
}

// A thread without signals: they are the main thread's.
bool start(const std::shared_ptr<Question>& question, const std::string& host, int port) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = true;
    try {
        std::thread([question, host, port] { answer(question, host, port); }).detach();
    } catch (const std::system_error&) { started = false; }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return started;
}

std::string error_text(int error) { return std::generic_category().message(error); }

Task<Result<std::vector<Address>>> resolve(std::string host, int port, Deadline deadline) {
    std::vector<Address> literal;
    if (ask(host, port, AI_NUMERICHOST, literal) == 0) co_return literal;
    const std::string what = "the host \"" + host + "\" does not resolve: ";
    const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) co_return Diagnostic(Error::not_ready, what + error_text(errno));
    auto question = std::make_shared<Question>(fd);
    if (!start(question, host, port)) co_return Diagnostic(Error::not_ready, what + "no thread for the resolver");
    const Waited waited = co_await wait_readable(fd, deadline);
    if (waited == Waited::stopped) co_return no_answer(waited, deadline, host, port);
    if (waited != Waited::ready) co_return Diagnostic(Error::not_ready, what + "no answer from the name server in time");
    std::uint64_t count = 0;
    if (::read(fd, &count, sizeof count) < 0) co_return Diagnostic(Error::not_ready, what + error_text(errno));
    if (question->error == EAI_SYSTEM) co_return Diagnostic(Error::not_ready, what + error_text(question->system_error));
    if (question->error != 0) co_return Diagnostic(Error::not_ready, what + ::gai_strerror(question->error));
    if (question->found.empty()) co_return Diagnostic(Error::not_ready, what + "it has no address");
    co_return question->found;
}

Task<Result<Socket>> connect_one(Address address, std::string host, int port, Deadline deadline) {
    const int family = address.bytes.ss_family;
    const auto refused = [&](int error) { return Diagnostic(Error::not_ready, "no connection to " + shown(host, port) + ": " + error_text(error)); };
    Socket socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), family);
    if (socket.get() < 0) co_return refused(errno);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address.bytes), address.size) == 0) co_return socket;
    if (errno != EINPROGRESS && errno != EINTR) co_return refused(errno);
    const Waited waited = co_await wait_writable(socket.get(), deadline);
    if (waited != Waited::ready) co_return no_answer(waited, deadline, host, port);
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    if (error != 0) co_return refused(error);
    co_return socket;
}

}  // namespace

Diagnostic no_answer(Waited waited, const Deadline& deadline, const std::string& host, int port) {
    auto why = pgprimer::not_ready(waited, deadline, "no answer from " + shown(host, port) + " in time");
    if (why.error == Error::timeout) why.error = Error::not_ready;
    return why;
}

Task<Result<Socket>> connect(std::string host, int port, Deadline deadline) {
    if (deadline.stopped()) co_return no_answer(Waited::stopped, deadline, host, port);
    PGPRIMER_CO_TRY(const std::vector<Address> found, co_await resolve(host, port, deadline));
    Diagnostic why;
    for (std::size_t i = 0; i < found.size(); ++i) {
        // An address that swallows packets leaves time for the next.
        const auto left = static_cast<SteadyClock::duration::rep>(found.size() - i);
        const Deadline one =
            left == 1 ? deadline : deadline.within(std::min<SteadyClock::duration>(deadline.remaining() / left, std::chrono::seconds{5}));
        auto connected = co_await connect_one(found[i], host, port, one);
        if (connected || connected.error().error == Error::stopped) co_return connected;
        why = std::move(connected).error();
    }
    co_return why;
}

Task<Result<void>> touch_tcp(std::string host, int port, Deadline deadline) {
    PGPRIMER_CO_CHECK(co_await connect(host, port, deadline));
    co_return Result<void>{};
}

}  // namespace pgprimer::http
