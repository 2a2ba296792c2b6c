#include "support/fault_proxy.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <future>
#include <set>
#include <string_view>
#include <thread>

namespace pgprimer::test {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using Clock = std::chrono::steady_clock;
template <class T = void>
using Task = asio::awaitable<T>;

constexpr std::uint32_t ssl_request = 80877103;
constexpr std::uint32_t gss_request = 80877104;
constexpr std::size_t most_queued = 1U << 20U;

std::uint32_t read_int32(const char* bytes) {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8U | static_cast<unsigned char>(bytes[i]);
    return value;
}

// Finds the ends of messages: a type and a length each; the client's first is without a type.
class Framer {
public:
    explicit Framer(bool startup) : typeless_(startup) {}

    // Goes on until `most` messages have ended or the data has; returns the bytes gone over.
    std::size_t advance(std::string_view data, std::uint64_t most) {
        ended_ = 0;
        std::size_t at = 0;
        while (at < data.size() && ended_ < most) {
            if (body_ == 0) {
                header_[had_++] = data[at++];
                const std::size_t type = typeless_ ? 0 : 1;
                if (had_ < type + 4) continue;
                body_ = std::max<std::uint64_t>(read_int32(header_.data() + type), 4) - 4;
                had_ = 0;
                typeless_ = false;
            } else {
                const auto part = std::min<std::uint64_t>(body_, data.size() - at);
                at += static_cast<std::size_t>(part);
                body_ -= part;
            }
            if (body_ == 0) ++ended_;
        }
        return at;
    }
    [[nodiscard]] std::uint64_t ended() const { return ended_; }  // in the last call

private:
    bool typeless_;
    std::array<char, 5> header_{};
    std::size_t had_ = 0;
    std::uint64_t body_ = 0, ended_ = 0;
};

enum class Then { go_on, cut, stall, end };

struct Piece {
    Clock::time_point due;
    std::string bytes;
    Then then = Then::go_on;
};

// What one side sends, on its way.
struct Way {
    Way(Side whose, Tcp::socket& source, Tcp::socket& target)
        : side(whose), from(source), to(target), framer(whose == Side::client), changed(source.get_executor()) {}
    Side side;
    Tcp::socket &from, &to;
    Framer framer;
    Counts::Way seen;
    std::deque<Piece> pieces;
    std::size_t queued = 0;
    asio::steady_timer changed;  // cancelled when `pieces` changes
    bool ended = false;
};

struct Session {
    explicit Session(Tcp::socket accepted) : client(std::move(accepted)), server(client.get_executor()) {}
    Tcp::socket client, server;
    Way up{Side::client, client, server}, down{Side::server, server, client};
    Side last = Side::server;  // who wrote last
    bool stalled = false, closed = false;
};

Counts::Way& of(Counts& counts, Side side) { return side == Side::client ? counts.client : counts.server; }

std::uint64_t left(const Faults::Point& point, const Counts::Way& seen) {
    const std::uint64_t had = point.unit == Faults::Point::Unit::bytes ? seen.bytes : seen.messages;
    return point.count > had ? point.count - had : 0;
}

}  // namespace

std::string to_json(const Counts& c) {
    const auto way = [](const Counts::Way& one) {
        return "{\"bytes\":" + std::to_string(one.bytes) + ",\"messages\":" + std::to_string(one.messages) + "}";
    };
    return "{\"connections\":" + std::to_string(c.connections) + ",\"client\":" + way(c.client) + ",\"server\":" + way(c.server) +
           ",\"round_trips\":" + std::to_string(c.round_trips) + ",\"cuts\":" + std::to_string(c.cuts) + ",\"stalls\":" + std::to_string(c.stalls) +
           "}";
}

struct FaultProxy::Impl {
    using SessionPtr = std::shared_ptr<Session>;

    Impl(const std::string& host, int upstream_port, Faults wanted, int listen) : faults(wanted), acceptor(context) {
        Tcp::resolver resolver(context);
        for (const auto& found : resolver.resolve(host, std::to_string(upstream_port))) upstream.push_back(found.endpoint());
        port = listen;
        bind();
        port = acceptor.local_endpoint().port();
        listening();
        thread = std::thread([this] { context.run(); });
    }

    template <class F>
    auto on_thread(F act) {
        std::packaged_task<decltype(act())()> task(std::move(act));
        auto done = task.get_future();
        asio::post(context, std::move(task));
        return done.get();
    }

    ~Impl() {
        on_thread([this] {
            cut_all();
            ErrorCode ignored;
            acceptor.close(ignored);
        });
        work.reset();
        context.stop();
        thread.join();
    }

    // Bound without listening refuses connections, and keeps the port.
    void bind() {
        ErrorCode ignored;
        acceptor.close(ignored);
        const Tcp::endpoint at(asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port));
        acceptor.open(at.protocol());
        acceptor.set_option(Tcp::acceptor::reuse_address(true));
        acceptor.bind(at);
    }

    void listening() {
        if (faults.accept == Faults::Accept::refuse) {
            if (accepting) bind();
            accepting = false;
        } else if (!accepting) {
            acceptor.listen(1000);
            accepting = true;
            asio::co_spawn(context, accept(), asio::detached);
        }
    }

    Task<> accept() {
        while (true) {
            ErrorCode error;
            Tcp::socket socket = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
            if (error) co_return;
            ++counts.connections;
            if (faults.accept == Faults::Accept::close) continue;
            auto session = std::make_shared<Session>(std::move(socket));
            sessions.insert(session);
            if (faults.accept == Faults::Accept::forward) asio::co_spawn(context, serve(session), asio::detached);
        }
    }

    Task<> serve(SessionPtr session) {
        ErrorCode error;
        session->client.set_option(Tcp::no_delay(true), error);
        std::array<char, 8> first{};
        while (true) {
            co_await asio::async_read(session->client, asio::buffer(first), asio::redirect_error(asio::use_awaitable, error));
            if (error) {
                close(session);
                co_return;
            }
            const std::uint32_t code = read_int32(first.data() + 4);
            if (code != ssl_request && code != gss_request) break;
            co_await pause(faults.delay * 2);
            co_await asio::async_write(session->client, asio::buffer("N", 1), asio::redirect_error(asio::use_awaitable, error));
        }
        co_await asio::async_connect(session->server, upstream, asio::redirect_error(asio::use_awaitable, error));
        if (error) {
            close(session);
            co_return;
        }
        session->server.set_option(Tcp::no_delay(true), error);
        asio::co_spawn(context, write(session, session->up), asio::detached);
        asio::co_spawn(context, write(session, session->down), asio::detached);
        asio::co_spawn(context, read(session, session->down, ""), asio::detached);
        co_await read(session, session->up, std::string(first.data(), first.size()));
    }

    // The way is the session's.
    Task<> read(SessionPtr session, Way& way, std::string first) {
        if (!first.empty() && !take(*session, way, first)) co_return;
        std::array<char, 16384> buffer;  // NOLINT: read into
        while (true) {
            while (way.queued > most_queued && !session->closed) co_await wait_for_change(way);
            ErrorCode error;
            const std::size_t size = co_await way.from.async_read_some(asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, error));
            if (session->closed || session->stalled) co_return;
            if (error) {
                push(way, "", error == asio::error::eof ? Then::end : Then::cut);
                co_return;
            }
            if (!take(*session, way, std::string_view(buffer.data(), size))) co_return;
        }
    }

    // Counts the data and puts it on its way, up to a fault; false where one is reached.
    bool take(Session& session, Way& way, std::string_view data) {
        std::size_t size = data.size();
        Then then = Then::go_on;
        const auto look = [&](std::optional<Faults::Point>& point, Then fault) {
            if (!point || point->side != way.side) return;
            const std::uint64_t most = left(*point, faults.across ? of(counts, way.side) : way.seen);
            Framer ahead = way.framer;
            const bool by_bytes = point->unit == Faults::Point::Unit::bytes;
            const std::size_t until =
                by_bytes ? static_cast<std::size_t>(std::min<std::uint64_t>(most, size)) : ahead.advance(data.substr(0, size), most);
            if (by_bytes ? until < most : ahead.ended() < most) return;
            size = until;
            then = fault;
        };
        look(faults.stall, Then::stall);
        look(faults.cut, Then::cut);
        if (then != Then::go_on) ++(then == Then::cut ? counts.cuts : counts.stalls);
        if (faults.once && then != Then::go_on) (then == Then::cut ? faults.cut : faults.stall).reset();

        way.framer.advance(data.substr(0, size), UINT64_MAX);
        for (Counts::Way* one : {&way.seen, &of(counts, way.side)}) {
            one->bytes += size;
            one->messages += way.framer.ended();
        }
        if (size > 0) {
            if (way.side == Side::client && session.last == Side::server) ++counts.round_trips;
            session.last = way.side;
        }
        push(way, std::string(data.substr(0, size)), then);
        return then == Then::go_on;
    }

    void push(Way& way, std::string bytes, Then then) {
        way.queued += bytes.size();
        way.pieces.push_back({Clock::now() + faults.delay, std::move(bytes), then});
        way.changed.cancel();
    }

    Task<> write(SessionPtr session, Way& way) {
        while (!session->closed && !session->stalled) {
            if (way.pieces.empty()) {
                co_await wait_for_change(way);
                continue;
            }
            const Piece piece = std::move(way.pieces.front());
            way.pieces.pop_front();
            co_await pause(std::chrono::duration_cast<std::chrono::nanoseconds>(piece.due - Clock::now()));
            if (session->closed || session->stalled) co_return;
            ErrorCode error;
            const std::size_t step = faults.single_bytes ? 1 : std::max<std::size_t>(piece.bytes.size(), 1);
            for (std::size_t at = 0; at < piece.bytes.size() && !error; at += step) {
                co_await asio::async_write(way.to, asio::buffer(piece.bytes.data() + at, std::min(step, piece.bytes.size() - at)),
                                           asio::redirect_error(asio::use_awaitable, error));
            }
            way.queued -= piece.bytes.size();
            way.changed.cancel();
            if (piece.then == Then::stall) session->stalled = true;
            if (piece.then == Then::cut && faults.cut_all) cut_all();
            if (piece.then == Then::cut || error) close(session);
            if (piece.then == Then::end) {
                way.to.shutdown(Tcp::socket::shutdown_send, error);
                way.ended = true;
                if (session->up.ended && session->down.ended) close(session);
                co_return;
            }
        }
    }

    Task<> wait_for_change(Way& way) {
        ErrorCode ignored;
        way.changed.expires_at(Clock::time_point::max());
        co_await way.changed.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }

    Task<> pause(std::chrono::nanoseconds duration) {
        if (duration <= std::chrono::nanoseconds::zero()) co_return;
        ErrorCode ignored;
        asio::steady_timer timer(context, duration);
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }

    void close(const SessionPtr& session) {
        session->closed = true;
        for (Tcp::socket* socket : {&session->client, &session->server}) {
            ErrorCode ignored;
            if (faults.reset) {
                socket->set_option(asio::socket_base::linger(true, 0), ignored);
            } else {
                socket->shutdown(Tcp::socket::shutdown_both, ignored);
            }
            socket->close(ignored);
        }
        session->up.changed.cancel();
        session->down.changed.cancel();
        sessions.erase(session);
    }

    void cut_all() {
        while (!sessions.empty()) {
            const SessionPtr session = *sessions.begin();
            close(session);
        }
    }

    asio::io_context context;
    asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
    Faults faults;
    Counts counts;
    Tcp::acceptor acceptor;
    std::vector<Tcp::endpoint> upstream;
    std::set<SessionPtr> sessions;
    int port = 0;
    bool accepting = false;
    std::thread thread;
};

FaultProxy::FaultProxy(const std::string& upstream_host, int upstream_port, Faults faults, int listen)
    : impl_(std::make_unique<Impl>(upstream_host, upstream_port, faults, listen)) {}
FaultProxy::~FaultProxy() = default;

int FaultProxy::port() const { return impl_->port; }

void FaultProxy::set(Faults faults) {
    impl_->on_thread([this, faults] {
        impl_->faults = faults;
        impl_->listening();
    });
}

Counts FaultProxy::counts() const {
    return impl_->on_thread([this] { return impl_->counts; });
}

void FaultProxy::reset_counts() {
    impl_->on_thread([this] {
        impl_->counts = {};
        for (const auto& session : impl_->sessions) session->up.seen = session->down.seen = {};
    });
}

void FaultProxy::cut_all() {
    impl_->on_thread([this] { impl_->cut_all(); });
}

}  // namespace pgprimer::test
