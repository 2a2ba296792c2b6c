// fault_proxy --upstream 127.0.0.1:5432 --listen 0 --cut-after-messages=client:12
// Prints its port, then its counters as one JSON line at SIGUSR1 and at its end by SIGTERM. SIGUSR2 cuts all connections. For the words see
// fault_proxy.hpp.
#include <signal.h>  // NOLINT: sigwait is POSIX's

#include <cstdio>
#include <exception>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/fault_proxy.hpp"

namespace {

using pgprimer::test::FaultProxy;
using pgprimer::test::Faults;
using pgprimer::test::Side;

struct Options {
    std::string upstream_host = "127.0.0.1";
    int upstream_port = 5432;
    int listen = 0;
    Faults faults;
};

Faults::Point read_point(const std::string& text, Faults::Point::Unit unit) {
    const auto colon = text.find(':');
    const std::string side = text.substr(0, colon);
    if (colon == std::string::npos || (side != "client" && side != "server")) throw std::invalid_argument("not client:N or server:N: " + text);
    return {side == "client" ? Side::client : Side::server, unit, std::stoull(text.substr(colon + 1))};
}

Options read_options(const std::vector<std::string>& arguments) {
    using Unit = Faults::Point::Unit;
    const std::map<std::string, Faults::Accept> ways{{"forward", Faults::Accept::forward},
                                                     {"close", Faults::Accept::close},
                                                     {"swallow", Faults::Accept::swallow},
                                                     {"refuse", Faults::Accept::refuse}};
    Options out;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const auto equals = arguments[i].find('=');
        const std::string name = arguments[i].substr(0, equals);
        const auto value = [&]() -> std::string {
            if (equals != std::string::npos) return arguments[i].substr(equals + 1);
            if (i + 1 == arguments.size()) throw std::invalid_argument("without a value: " + name);
            return arguments[++i];
        };
        if (name == "--across") {
            out.faults.across = true;
        } else if (name == "--once") {
            out.faults.once = true;
        } else if (name == "--reset") {
            out.faults.reset = true;
        } else if (name == "--cut-all") {
            out.faults.cut_all = true;
        } else if (name == "--single-bytes") {
            out.faults.single_bytes = true;
        } else if (name == "--listen") {
            out.listen = std::stoi(value());
        } else if (name == "--upstream") {
            const std::string upstream = value();
            const auto colon = upstream.rfind(':');
            if (colon == std::string::npos) throw std::invalid_argument("not HOST:PORT: " + upstream);
            out.upstream_host = upstream.substr(0, colon);
            out.upstream_port = std::stoi(upstream.substr(colon + 1));
        } else if (name == "--cut-after-messages") {
            out.faults.cut = read_point(value(), Unit::messages);
        } else if (name == "--cut-after-bytes") {
            out.faults.cut = read_point(value(), Unit::bytes);
        } else if (name == "--stall-after-messages") {
            out.faults.stall = read_point(value(), Unit::messages);
        } else if (name == "--stall-after-bytes") {
            out.faults.stall = read_point(value(), Unit::bytes);
        } else if (name == "--delay-ms") {
            out.faults.delay = std::chrono::milliseconds(std::stoi(value()));
        } else if (name == "--accept") {
            out.faults.accept = ways.at(value());
        } else {
            throw std::invalid_argument("unknown: " + name);
        }
    }
    return out;
}

void print(const std::string& line) {
    std::puts(line.c_str());
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const Options options = read_options({argv + 1, argv + argc});
        sigset_t signals;
        sigemptyset(&signals);
        for (const int signal : {SIGTERM, SIGINT, SIGUSR1, SIGUSR2}) sigaddset(&signals, signal);
        pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before the proxy's thread begins
        FaultProxy proxy(options.upstream_host, options.upstream_port, options.faults, options.listen);
        print(std::to_string(proxy.port()));
        while (true) {
            int signal = 0;
            sigwait(&signals, &signal);
            if (signal == SIGUSR2) {
                proxy.cut_all();
                continue;
            }
            print(to_json(proxy.counts()));
            if (signal != SIGUSR1) return 0;
        }
    } catch (const std::exception& wrong) {
        std::fprintf(stderr, "fault_proxy: %s\n", wrong.what());
        return 2;
    }
}
