#include "server.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace pgprimer::ledger {
namespace {

std::unique_ptr<test::EphemeralServer>& kept() {
    static std::unique_ptr<test::EphemeralServer> one;
    return one;
}

class Around : public ::testing::Environment {
    void SetUp() override { std::signal(SIGPIPE, SIG_IGN); }  // as pgprimer does
    void TearDown() override { kept().reset(); }
};

[[maybe_unused]] const auto* const around = ::testing::AddGlobalTestEnvironment(new Around);

}  // namespace

test::EphemeralServer& server() {
    if (!kept()) kept() = std::make_unique<test::EphemeralServer>();
    return *kept();
}

}  // namespace pgprimer::ledger
