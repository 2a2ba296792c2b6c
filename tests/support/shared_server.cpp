#include "support/shared_server.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <memory>

namespace pgprimer::test {
namespace {

std::unique_ptr<EphemeralServer>& kept() {
    static std::unique_ptr<EphemeralServer> one;
    return one;
}

class Around : public ::testing::Environment {
    void SetUp() override { std::signal(SIGPIPE, SIG_IGN); }
    void TearDown() override { kept().reset(); }
};

[[maybe_unused]] const auto* const around = ::testing::AddGlobalTestEnvironment(new Around);

}  // namespace

EphemeralServer& server() {
    if (!kept()) kept() = std::make_unique<EphemeralServer>();
    return *kept();
}

Task<pg::Connection> connect(pg::Address address) {
    auto opened = co_await pg::Connection::open(std::move(address), soon());
    co_return std::move(opened).value();
}

Task<std::string> ask(pg::Connection& c, std::string sql) {
    const auto rows = co_await c.query(std::move(sql), soon());
    if (!rows) co_return rows.error().sqlstate + " " + rows.error().message;
    std::string out;
    for (int i = 0; i < rows->size(); ++i) out += (i > 0 ? "," : "") + std::string(rows->at(i, 0));
    co_return out;
}

}  // namespace pgprimer::test
