#include "pgprimer/http/get.hpp"

#include <gmock/gmock.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "support/run_task.hpp"
#include "support/temporary_folder.hpp"

namespace pgprimer::http {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
using Tcp = asio::ip::tcp;
using ::testing::HasSubstr;
using ::testing::Not;

// Answers every connection, one after the other, with `play`, which may take its time until the server is gone.
class Server {
public:
    using Play = std::function<void(Tcp::socket&)>;
    explicit Server(Play play, const char* address = "127.0.0.1")
        : acceptor_(context_, Tcp::endpoint(asio::ip::make_address(address), 0)), play_(std::move(play)) {
        thread_ = std::thread([this] { serve(); });
    }
    ~Server() {
        over_ = true;
        Tcp::socket waker(context_);
        ErrorCode ignored;
        waker.connect(acceptor_.local_endpoint(), ignored);
        thread_.join();
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    [[nodiscard]] int port() const { return acceptor_.local_endpoint().port(); }
    [[nodiscard]] std::string url(const std::string& path = "/", const std::string& scheme = "http", const std::string& host = "127.0.0.1") const {
        return scheme + "://" + host + ":" + std::to_string(port()) + path;
    }

private:
    void serve() {
        while (true) {
            ErrorCode error;
            Tcp::socket socket(context_);
            acceptor_.accept(socket, error);
            if (over_) return;
            if (!error) play_(socket);
        }
    }
    asio::io_context context_;
    Tcp::acceptor acceptor_;
    Play play_;
    std::atomic<bool> over_ = false;
    std::thread thread_;
};

std::string read_request(Tcp::socket& socket) {
    std::string request;
    ErrorCode ignored;
    asio::read_until(socket, asio::dynamic_buffer(request), "\r\n\r\n", ignored);
    return request;
}

Server::Play answer(std::string text) {
    return [text = std::move(text)](Tcp::socket& socket) {
        read_request(socket);
        ErrorCode ignored;
        asio::write(socket, asio::buffer(text), ignored);
    };
}

// Until the other side has gone away.
void hold(Tcp::socket& socket) {
    char bytes[1024];
    ErrorCode error;
    while (!error) socket.read_some(asio::buffer(bytes), error);
}

Result<int> get(std::string url, Deadline deadline = Deadline::after(10s)) { return test::run_task(get_status(std::move(url), deadline)); }

TEST(Get, a_status_is_told_whatever_it_is) {
    for (const int status : {200, 204, 301, 404, 503}) {
        Server server(answer("HTTP/1.1 " + std::to_string(status) + " Some reason\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"));
        auto got = get(server.url());
        ASSERT_TRUE(got) << got.error().message;
        EXPECT_EQ(*got, status);
    }
}

TEST(Get, the_request_names_host_and_path) {
    std::string request;
    Server server([&request](Tcp::socket& socket) {
        request = read_request(socket);
        asio::write(socket, asio::buffer(std::string("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")));
    });
    ASSERT_TRUE(get(server.url("/health?full=1#part")));
    EXPECT_TRUE(request.starts_with("GET /health?full=1 HTTP/1.1\r\n")) << request;
    EXPECT_THAT(request, HasSubstr("Host: 127.0.0.1:" + std::to_string(server.port()) + "\r\n"));
    EXPECT_THAT(request, Not(HasSubstr("part")));
    ASSERT_TRUE(get("HTTP://127.0.0.1:" + std::to_string(server.port()) + "?a"));
    EXPECT_TRUE(request.starts_with("GET /?a HTTP/1.1\r\n")) << request;
}

TEST(Get, an_answer_without_a_length_and_one_of_http_1_0_do) {
    Server server(answer("HTTP/1.0 200 OK\r\n\r\nhello"));
    auto got = get(server.url());
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(*got, 200);
}

TEST(Get, what_comes_before_the_answer_is_passed_over) {
    Server server(
        answer("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    auto got = get(server.url());
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(*got, 200);
}

TEST(Get, a_body_of_any_size_or_without_end_is_not_waited_for) {
    const std::string huge(1'000'000, 'x');
    Server sized(answer("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + huge));
    EXPECT_EQ(get(sized.url()).value(), 200);
    Server chunked(answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nF4240\r\n" + huge + "\r\n0\r\n\r\n"));
    EXPECT_EQ(get(chunked.url()).value(), 200);
    Server endless([](Tcp::socket& socket) {
        read_request(socket);
        asio::write(socket, asio::buffer(std::string("HTTP/1.1 200 OK\r\n\r\ndata: 1\n")));
        hold(socket);
    });
    const auto since = SteadyClock::now();
    EXPECT_EQ(get(endless.url()).value(), 200);
    EXPECT_LT(SteadyClock::now() - since, 2s);
}

TEST(Get, a_refused_connection_is_told) {
    int port = 0;
    {
        Server server(hold);
        port = server.port();
    }
    auto got = get("http://127.0.0.1:" + std::to_string(port) + "/");
    ASSERT_TRUE(got.has_error());
    EXPECT_EQ(got.error().error, Error::not_ready);
    EXPECT_EQ(got.error().message, "no connection to 127.0.0.1:" + std::to_string(port) + ": Connection refused");
}

TEST(Get, what_is_no_http_is_told) {
    Server garbage(answer("SSH-2.0-OpenSSH_9.2\r\n\r\n"));
    auto got = get(garbage.url());
    ASSERT_TRUE(got.has_error());
    EXPECT_EQ(got.error().error, Error::not_ready);
    EXPECT_THAT(got.error().message, HasSubstr("does not answer with HTTP"));
    Server empty(answer(""));
    got = get(empty.url());
    ASSERT_TRUE(got.has_error());
    EXPECT_EQ(got.error().error, Error::not_ready);
    EXPECT_THAT(got.error().message, HasSubstr("without an answer"));
    Server endless([](Tcp::socket& socket) {
        read_request(socket);
        ErrorCode error;
        const std::string line = "X: " + std::string(1000, 'y') + "\r\n";
        asio::write(socket, asio::buffer(std::string("HTTP/1.1 200 OK\r\n")), error);
        while (!error) asio::write(socket, asio::buffer(line), error);
    });
    got = get(endless.url());
    ASSERT_TRUE(got.has_error());
    EXPECT_EQ(got.error().error, Error::not_ready);
}

TEST(Get, a_silent_server_is_waited_for_until_the_deadline) {
    Server server(hold);
    const auto since = SteadyClock::now();
    auto got = get(server.url(), Deadline::after(300ms));
    ASSERT_TRUE(got.has_error());
    EXPECT_EQ(got.error().error, Error::not_ready);
    EXPECT_THAT(got.error().message, HasSubstr("in time"));
    EXPECT_GE(SteadyClock::now() - since, 300ms);
    EXPECT_LT(SteadyClock::now() - since, 3s);
}

Task<Result<int>> stopped_soon(std::string url, Stop* stop) {
    auto executor = co_await asio::this_coro::executor;
    auto timer = std::make_shared<asio::steady_timer>(executor, 200ms);
    timer->async_wait([timer, stop](const ErrorCode&) { stop->request(SIGTERM); });
    co_return co_await get_status(std::move(url), Deadline::never(stop));
}

TEST(Get, a_stop_ends_it_at_once) {
    Server server(hold);
    Stop stop;
    auto got = test::run_task(stopped_soon(server.url(), &stop));
    ASSERT_TRUE(got.has_error());
    EXPECT_EQ(got.error().error, Error::stopped);
    EXPECT_EQ(got.error().signal, SIGTERM);
    got = get(server.url(), Deadline::never(&stop));
    ASSERT_TRUE(got.has_error());
    EXPECT_EQ(got.error().error, Error::stopped);
}

TEST(Get, what_is_no_url_is_told) {
    for (const char* url :
         {"", "localhost", "ftp://host/", "http://", "http:///path", "http://host:0/", "http://host:65536/", "http://host:8o/", "http://[::1/",
          "http://[]/", "http://[::1]x/", "http://host/a b", "http://h\xc3\xb6st/", "http://host/\r\nX: y", "http://user:hidden@host/"}) {
        auto got = get(url);
        ASSERT_TRUE(got.has_error()) << url;
        EXPECT_EQ(got.error().error, Error::usage) << url;
        EXPECT_THAT(got.error().message, Not(HasSubstr("hidden")));
    }
}

TEST(Get, a_host_is_resolved_and_each_of_its_addresses_tried) {
    Server server(answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    auto got = get(server.url("/", "http", "localhost"));
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(*got, 200);
}

TEST(Get, a_literal_ipv6_address_does) {
    std::optional<Server> server;
    try {
        server.emplace(answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), "::1");
    } catch (const boost::system::system_error&) { GTEST_SKIP() << "no IPv6 here"; }
    EXPECT_EQ(get(server->url("/", "http", "[::1]")).value(), 200);
}

TEST(Get, a_name_that_does_not_resolve_is_told_in_time) {
    const auto since = SteadyClock::now();
    auto got = get("http://no-such-host.invalid/", Deadline::after(2s));
    ASSERT_TRUE(got.has_error());
    EXPECT_EQ(got.error().error, Error::not_ready);
    EXPECT_THAT(got.error().message, HasSubstr("the host \"no-such-host.invalid\" does not resolve"));
    EXPECT_LT(SteadyClock::now() - since, 4s);
}

TEST(Touch, a_listening_port_is_enough) {
    Server server(hold);
    auto touched = test::run_task(touch_tcp("127.0.0.1", server.port(), Deadline::after(5s)));
    EXPECT_TRUE(touched);
}

TEST(Touch, a_refused_connection_is_told) {
    int port = 0;
    {
        Server server(hold);
        port = server.port();
    }
    auto touched = test::run_task(touch_tcp("localhost", port, Deadline::after(5s)));
    ASSERT_TRUE(touched.has_error());
    EXPECT_EQ(touched.error().error, Error::not_ready);
    EXPECT_THAT(touched.error().message, HasSubstr("Connection refused"));
}

TEST(Touch, an_address_that_does_not_answer_is_given_up_at_the_deadline) {
    // A full backlog: further connections hang.
    asio::io_context context;
    Tcp::acceptor acceptor(context);
    acceptor.open(Tcp::v4());
    acceptor.bind(Tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
    acceptor.listen(0);
    const int port = acceptor.local_endpoint().port();
    std::vector<Tcp::socket> fill;
    for (int i = 0; i < 4; ++i) {
        fill.emplace_back(context);
        fill.back().open(Tcp::v4());
        fill.back().native_non_blocking(true);
        auto endpoint = acceptor.local_endpoint();
        ::connect(fill.back().native_handle(), endpoint.data(), static_cast<socklen_t>(endpoint.size()));
    }
    const auto since = SteadyClock::now();
    auto touched = test::run_task(touch_tcp("127.0.0.1", port, Deadline::after(300ms)));
    ASSERT_TRUE(touched.has_error());
    EXPECT_EQ(touched.error().error, Error::not_ready);
    EXPECT_LT(SteadyClock::now() - since, 3s);
}

// A certificate of its own authority, for one name.
class Tls : public ::testing::Test {
protected:
    void TearDown() override { ::unsetenv("SSL_CERT_FILE"); }
    void make_certificate(const std::string& names) {
        const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
        const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
        X509* x = certificate.get();
        X509_set_version(x, X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
        X509_gmtime_adj(X509_getm_notBefore(x), -3600);
        X509_gmtime_adj(X509_getm_notAfter(x), 3600);
        X509_set_pubkey(x, key.get());
        X509_NAME* name = X509_get_subject_name(x);
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
        X509_set_issuer_name(x, name);
        X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
        X509_add_ext(x, extension, -1);
        X509_EXTENSION_free(extension);
        X509_sign(x, key.get(), EVP_sha256());
        const auto write = [](const std::string& path, const auto& put) {
            const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "w"), std::fclose);
            put(file.get());
        };
        write(certificate_file(), [x](std::FILE* file) { PEM_write_X509(file, x); });
        write(folder + "/key.pem", [&key](std::FILE* file) { PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
    }
    [[nodiscard]] std::string certificate_file() const { return folder + "/certificate.pem"; }
    Server::Play serve(std::string* sni = nullptr) {
        return [this, sni](Tcp::socket& socket) {
            asio::ssl::context context(asio::ssl::context::tls_server);
            context.use_certificate_chain_file(certificate_file());
            context.use_private_key_file(folder + "/key.pem", asio::ssl::context::pem);
            asio::ssl::stream<Tcp::socket&> stream(socket, context);
            ErrorCode error;
            stream.handshake(asio::ssl::stream_base::server, error);
            if (error) return;
            const char* name = SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name);
            if (sni != nullptr) *sni = name != nullptr ? name : "";
            std::string request;
            asio::read_until(stream, asio::dynamic_buffer(request), "\r\n\r\n", error);
            asio::write(stream, asio::buffer(std::string("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")), error);
        };
    }
    const test::TemporaryFolder temporary;
    const std::string folder = temporary.path();
};

TEST_F(Tls, a_trusted_certificate_of_the_right_name_does) {
    make_certificate("DNS:localhost,IP:127.0.0.1");
    ::setenv("SSL_CERT_FILE", certificate_file().c_str(), 1);
    std::string sni = "unset";
    Server server(serve(&sni));
    auto got = get(server.url("/", "https", "localhost"));
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(*got, 200);
    EXPECT_EQ(sni, "localhost");
    got = get(server.url("/", "https"));
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(sni, "");
}

TEST_F(Tls, an_unknown_authority_is_not_trusted) {
    make_certificate("DNS:localhost");
    Server server(serve());
    auto got = get(server.url("/", "https", "localhost"));
    ASSERT_TRUE(got.has_error());
    EXPECT_EQ(got.error().error, Error::not_ready);
    EXPECT_THAT(got.error().message, HasSubstr("cannot be trusted: self-signed certificate"));
}

TEST_F(Tls, another_name_is_not_trusted) {
    make_certificate("DNS:elsewhere");
    ::setenv("SSL_CERT_FILE", certificate_file().c_str(), 1);
    Server server(serve());
    auto got = get(server.url("/", "https", "localhost"));
    ASSERT_TRUE(got.has_error());
    EXPECT_EQ(got.error().error, Error::not_ready);
    EXPECT_THAT(got.error().message, HasSubstr("certificate"));
}

TEST_F(Tls, a_bundle_that_cannot_be_read_is_named) {
    make_certificate("DNS:localhost");
    ::setenv("SSL_CERT_FILE", "/nowhere/bundle.pem", 1);
    Server server(serve());
    auto got = get(server.url("/", "https", "localhost"));
    ASSERT_TRUE(got.has_error());
    EXPECT_THAT(got.error().message, HasSubstr("SSL_CERT_FILE \"/nowhere/bundle.pem\""));
}

TEST_F(Tls, a_server_without_tls_is_told_and_a_silent_one_given_up) {
    Server plain(answer("HTTP/1.1 400 Bad Request\r\n\r\n"));
    auto got = get(plain.url("/", "https"), Deadline::after(500ms));
    ASSERT_TRUE(got.has_error());
    EXPECT_EQ(got.error().error, Error::not_ready);
    Server silent(hold);
    const auto since = SteadyClock::now();
    got = get(silent.url("/", "https"), Deadline::after(300ms));
    ASSERT_TRUE(got.has_error());
    EXPECT_EQ(got.error().error, Error::not_ready);
    EXPECT_LT(SteadyClock::now() - since, 3s);
}

}  // namespace
}  // namespace pgprimer::http
