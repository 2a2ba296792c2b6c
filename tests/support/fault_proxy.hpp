#pragma once
// A TCP proxy between a client and PostgreSQL that counts what goes through and fails where it is told to. It knows protocol 3's framing and speaks
// no TLS: SSLRequest and GSSENCRequest are answered with "no" by itself and are not counted.
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace pgprimer::test {

enum class Side { client, server };  // who sends

struct Faults {
    // Reached when so much of this side's data has been forwarded; 0: before anything of it is.
    struct Point {
        Side side = Side::client;
        enum class Unit { bytes, messages } unit = Unit::messages;
        std::uint64_t count = 0;
    };
    enum class Accept {
        forward,
        close,    // accepted and closed
        swallow,  // accepted and never answered
        refuse,   // nobody listens; the port stays ours
    };

    Accept accept = Accept::forward;
    std::optional<Point> cut;            // both connections are closed
    std::optional<Point> stall;          // nothing is read or forwarded any more, in both directions; all stays open
    bool across = false;                 // points count over all connections, not from the start of each
    bool once = false;                   // a point that was reached is forgotten: connections after it are sound
    bool reset = false;                  // cut with RST instead of FIN
    bool cut_all = false;                // a cut closes all connections that are open, as a network does that goes away
    bool single_bytes = false;           // each byte by itself
    std::chrono::milliseconds delay{0};  // each way; latency, not throughput
};

struct Counts {
    struct Way {
        std::uint64_t bytes = 0, messages = 0;  // as sent, up to a cut
    };
    std::uint64_t connections = 0;  // accepted
    Way client, server;
    std::uint64_t round_trips = 0;  // how often a client began to write: first, and after an answer; its farewell counts
    std::uint64_t cuts = 0, stalls = 0;
};

// One line, no line feed.
std::string to_json(const Counts& counts);

// Runs in a thread of its own. All members may be called from any other thread and have acted when they return.
class FaultProxy {
public:
    // Listens on 127.0.0.1; `listen` 0: a free port.
    FaultProxy(const std::string& upstream_host, int upstream_port, Faults faults = {}, int listen = 0);
    FaultProxy(const FaultProxy&) = delete;
    FaultProxy& operator=(const FaultProxy&) = delete;
    ~FaultProxy();  // cuts everything

    [[nodiscard]] int port() const;
    void set(Faults faults);  // counts for open connections, too
    [[nodiscard]] Counts counts() const;
    void reset_counts();  // and what points count from, of open connections too
    void cut_all();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace pgprimer::test
