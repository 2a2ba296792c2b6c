#include "support/ephemeral_server.hpp"

#include <gtest/gtest.h>

#include "pgprimer/pg/connection.hpp"
#include "support/run_task.hpp"

namespace pgprimer::test {
namespace {

std::string ask(const pg::Address& address, const std::string& sql) {
    const auto task = [](pg::Address to, std::string question) -> Task<Result<std::string>> {
        PGPRIMER_CO_TRY(pg::Connection session, co_await pg::Connection::open(to, Deadline::after(10s)));
        PGPRIMER_CO_TRY(const pg::Rows rows, co_await session.query(question, Deadline::after(10s)));
        co_return std::string(rows.at(0, 0));
    };
    const auto result = run_task(task(address, sql));
    return result ? *result : to_text(result.error());
}

TEST(EphemeralServer, accepts_as_soon_as_it_is_there) {
    const EphemeralServer server;
    EXPECT_EQ(ask(server.address(), "SELECT current_user"), "postgres");
    EXPECT_NE(server.log().find("ready to accept connections"), std::string::npos);
}

TEST(EphemeralServer, keeps_port_and_data_over_a_crash) {
    EphemeralServer server;
    const int port = server.port();
    ask(server.address(), "CREATE TABLE kept AS SELECT 1");
    server.restart("immediate");
    EXPECT_EQ(server.port(), port);
    EXPECT_EQ(ask(server.address(), "SELECT count(*) FROM kept"), "1");
}

TEST(EphemeralServer, asks_for_the_password_under_scram) {
    const EphemeralServer server(EphemeralServer::Auth::scram);
    EXPECT_EQ(ask(server.address(), "SELECT 'in'"), "in");
    pg::Address wrong = server.address();
    wrong.password = Secret("wrong");
    EXPECT_NE(ask(wrong, "SELECT 'in'").find("28P01"), std::string::npos);
}

}  // namespace
}  // namespace pgprimer::test
