#include "server.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace pgprimer::pg {
namespace {

std::unique_ptr<EphemeralServer>& kept() {
    static std::unique_ptr<EphemeralServer> one;
    return one;
}

class Around : public ::testing::Environment {
    void SetUp() override { std::signal(SIGPIPE, SIG_IGN); }  // as pgprimer does
    void TearDown() override { kept().reset(); }
};

[[maybe_unused]] const auto* const around = ::testing::AddGlobalTestEnvironment(new Around);

}  // namespace

EphemeralServer& server() {
    if (!kept()) kept() = std::make_unique<EphemeralServer>();
    return *kept();
}

}  // namespace pgprimer::pg
