#pragma once
// What the tests of pg share: a server without authentication, and ways to it.
#include <gmock/gmock.h>

#include <chrono>
#include <string>

#include "pgprimer/pg/connection.hpp"
#include "support/fault_proxy.hpp"
#include "support/run_task.hpp"
#include "support/shared_server.hpp"

namespace pgprimer::pg {

using test::connect;
using test::Counts;
using test::EphemeralServer;
using test::FaultProxy;
using test::Faults;
using test::run_task;
using test::server;
using test::Side;
using Unit = Faults::Point::Unit;
using ::testing::HasSubstr;
using ::testing::Not;

inline Address through(const FaultProxy& proxy, Address address = server().address()) {
    address.hosts = {"127.0.0.1"};
    address.ports = {proxy.port()};
    return address;
}

inline Deadline soon() { return Deadline::after(std::chrono::seconds{10}); }

// The first row's first column.
inline Task<std::string> ask(Connection& connection, std::string sql) {
    const auto rows = co_await connection.query(std::move(sql), soon());
    co_return std::string(rows.value().at(0, 0));
}

class Watch {
public:
    [[nodiscard]] std::chrono::milliseconds elapsed() const {
        return std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - began_);
    }

private:
    SteadyClock::time_point began_ = SteadyClock::now();
};

}  // namespace pgprimer::pg
