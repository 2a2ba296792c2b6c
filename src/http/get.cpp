#include "pgprimer/http/get.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>

#include "connect.hpp"
#include "url.hpp"

namespace pgprimer::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using Tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr std::size_t limit = 64 * 1024;  // of a header, and of the body that is read
constexpr auto body_time = std::chrono::milliseconds{100};

// Closes a socket at the deadline or a stop, as long as it lives; what waits on the socket ends with an error then.
class Guard {
public:
    Guard(Tcp::socket& socket, const Deadline& deadline) : state_(std::make_shared<State>(socket)) {
        state_->timer.expires_at(deadline.at());
        state_->timer.async_wait([state = state_](const ErrorCode& error) {
            if (!error) state->cut(Waited::deadline);
        });
        std::function<void()> stop = [state = state_] { state->cut(Waited::stopped); };
        if (deadline.stop() != nullptr) registration_ = Stop::Registration(*deadline.stop(), std::move(stop));
    }
    ~Guard() {
        state_->socket = nullptr;
        state_->timer.cancel();
    }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    [[nodiscard]] Waited waited() const { return state_->waited; }

private:
    struct State {
        explicit State(Tcp::socket& guarded) : socket(&guarded), timer(guarded.get_executor()) {}
        Tcp::socket* socket;
        asio::steady_timer timer;
        Waited waited = Waited::ready;
        void cut(Waited why) {
            if (socket == nullptr || waited != Waited::ready) return;
            waited = why;
            ErrorCode ignored;
            socket->close(ignored);
        }
    };
    std::shared_ptr<State> state_;
    Stop::Registration registration_;
};

// SSL_CERT_FILE and SSL_CERT_DIR; without them where distributions keep their bundle (a static OpenSSL knows its build's place only).
std::optional<std::string> load_authorities(asio::ssl::context& context) {
    ErrorCode error;
    const char* file = std::getenv("SSL_CERT_FILE");
    const char* folder = std::getenv("SSL_CERT_DIR");
    const bool has_file = file != nullptr && *file != '\0';
    const bool has_folder = folder != nullptr && *folder != '\0';
    if (has_file) context.load_verify_file(file, error);
    if (error) return "SSL_CERT_FILE \"" + std::string(file) + "\" cannot be loaded: " + error.message();
    if (has_folder) context.add_verify_path(folder, error);
    if (error) return "SSL_CERT_DIR \"" + std::string(folder) + "\" cannot be used: " + error.message();
    if (has_file || has_folder) return std::nullopt;
    context.set_default_verify_paths(error);
    for (const char* bundle :
         {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem"}) {
        std::error_code ignored;
        if (!std::filesystem::exists(bundle, ignored)) continue;
        context.load_verify_file(bundle, error);
        if (!error) return std::nullopt;
    }
    context.add_verify_path("/etc/ssl/certs", error);
    return std::nullopt;
}

Diagnostic broken(const Url& url, const ErrorCode& error) {
    const std::string who = shown(url.host, url.port);
    if (error == beast::http::error::end_of_stream || error == beast::http::error::partial_message || error == asio::error::eof ||
        error == asio::ssl::error::stream_truncated) {
        return {Error::not_ready, who + " closed the connection without an answer"};
    }
    const std::string category = error.category().name();
    if (category == "beast.http") return {Error::not_ready, who + " does not answer with HTTP: " + error.message()};
    return {Error::not_ready, "no answer from " + who + ": " + error.message()};
}

// `socket`: what lies under the stream.
template <class Stream>
Task<Result<int>> exchange(Stream& stream, Tcp::socket& socket, const Url& url, const Deadline& deadline) {
    namespace http = beast::http;
    http::request<http::empty_body> request(http::verb::get, url.target, 11);
    request.set(http::field::host, url.authority());
    request.set(http::field::user_agent, "pgprimer/" PGPRIMER_VERSION);
    request.set(http::field::accept, "*/*");
    request.set(http::field::connection, "close");
    ErrorCode error;
    co_await http::async_write(stream, request, asio::redirect_error(asio::use_awaitable, error));
    // A server may have answered, and closed, before it has read all: what it said counts.
    beast::flat_buffer buffer(limit);
    std::optional<http::response_parser<http::string_body>> parser;
    int status = 0;
    do {  // 100 and the like come before the answer
        parser.emplace();
        parser->header_limit(limit);
        parser->body_limit(limit);
        ErrorCode read_error;
        co_await http::async_read_header(stream, buffer, *parser, asio::redirect_error(asio::use_awaitable, read_error));
        // A Content-Length beyond the limit: the header is there all the same.
        if (read_error && read_error != http::error::body_limit) co_return broken(url, error ? error : read_error);
        status = static_cast<int>(parser->get().result_int());
        if (read_error) co_return status;
    } while (status >= 100 && status < 200 && status != 101);
    // Politeness: a connection that is closed with unread bytes is reset, which servers log. A stream without an end is not waited for.
    if (!parser->is_done() && status != 101) {
        const Guard short_guard(socket, deadline.within(body_time));
        co_await http::async_read(stream, buffer, *parser, asio::redirect_error(asio::use_awaitable, error));
    }
    co_return status;
}

Task<Result<int>> exchange_tls(Tcp::socket& socket, const Url& url, const Deadline& deadline) {
    const std::string who = shown(url.host, url.port);
    asio::ssl::context context(asio::ssl::context::tls_client);
    if (auto why = load_authorities(context)) co_return Diagnostic(Error::not_ready, *why);
    asio::ssl::stream<Tcp::socket&> stream(socket, context);
    ErrorCode error;
    stream.set_verify_mode(asio::ssl::verify_peer, error);
    const asio::ssl::host_name_verification by_name(url.host);
    stream.set_verify_callback(by_name, error);
    asio::ip::make_address(url.host, error);
    const bool is_name = error.failed();
    if (is_name && !SSL_set_tlsext_host_name(stream.native_handle(), url.host.c_str()))
        co_return Diagnostic(Error::not_ready, "\"" + url.host + "\" is no host name for TLS");
    co_await stream.async_handshake(asio::ssl::stream_base::client, asio::redirect_error(asio::use_awaitable, error));
    if (error) {
        const long verified = ::SSL_get_verify_result(stream.native_handle());
        if (verified != X509_V_OK) {
            co_return Diagnostic(Error::not_ready, "the certificate of " + who + " cannot be trusted: " + ::X509_verify_cert_error_string(verified))
                .with_hint("SSL_CERT_FILE names the file of a private certificate authority");
        }
        co_return Diagnostic(Error::not_ready, "no TLS with " + who + ": " + error.message());
    }
    co_return co_await exchange(stream, socket, url, deadline);
}

}  // namespace

Task<Result<int>> get_status(std::string text, Deadline deadline) {
    PGPRIMER_CO_TRY(const Url url, parse_url(text));
    PGPRIMER_CO_TRY(Socket connected, co_await connect(url.host, url.port, deadline));
    const auto executor = co_await asio::this_coro::executor;
    Tcp::socket socket(executor);
    ErrorCode error;
    socket.assign(connected.family() == AF_INET6 ? Tcp::v6() : Tcp::v4(), connected.get(), error);
    if (error) co_return Diagnostic(Error::not_ready, "no connection to " + shown(url.host, url.port) + ": " + error.message());
    connected.release();
    const Guard guard(socket, deadline);
    Result<int> status = 0;
    if (url.tls)
        status = co_await exchange_tls(socket, url, deadline);
    else
        status = co_await exchange(socket, socket, url, deadline);
    if (!status && guard.waited() != Waited::ready) co_return no_answer(guard.waited(), deadline, url.host, url.port);
    co_return status;
}

}  // namespace pgprimer::http
