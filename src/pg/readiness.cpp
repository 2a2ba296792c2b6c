#include "readiness.hpp"

#include <algorithm>
#include <array>

namespace pgprimer::pg {
namespace {

struct Words {
    Readiness state;
    const char* name;
    const char* text;
};

constexpr std::array<Words, 14> words{{
    {Readiness::connecting, "connecting", "connecting"},
    {Readiness::name_unresolved, "name_unresolved", "the host's name does not resolve yet"},
    {Readiness::refused_connection, "connection_refused", "nobody listens there yet"},
    {Readiness::timed_out, "timed_out", "no answer: packets are swallowed"},
    {Readiness::starting_up, "starting_up", "the server is starting up"},
    {Readiness::shutting_down, "shutting_down", "the server is shutting down"},
    {Readiness::too_many, "too_many_connections", "the server has no free connection"},
    {Readiness::dropped, "dropped", "the connection is closed before an answer"},
    {Readiness::in_recovery, "in_recovery", "the server is in recovery, a writable one is wanted"},
    {Readiness::init_server, "init_server", "this is the image's temporary init server"},
    {Readiness::database_missing, "database_missing", "the database is not there yet"},
    {Readiness::role_missing, "role_missing", "the server does not let this role in yet"},
    {Readiness::ready, "ready", "ready"},
    {Readiness::hopeless, "refused", "refused for good"},
}};

const Words& of(Readiness state) { return *std::ranges::find(words, state, &Words::state); }

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

const char* to_string(Readiness readiness) { return of(readiness).name; }
std::string describe(Readiness readiness) { return of(readiness).text; }
std::string describe(Readiness readiness, const Diagnostic& why) {
    std::string text = describe(readiness);
    const bool says_more = !why.message.empty() && readiness != Readiness::ready && readiness != Readiness::refused_connection;
    return says_more ? text + " (" + why.message + ")" : text;
}

Readiness read_failure(const Diagnostic& why, const Wants& wants) {
    const std::string& state = why.sqlstate;
    if (why.error == Error::timeout) return Readiness::timed_out;
    if (state == "57P03") return has(why.message, "shutting down") ? Readiness::shutting_down : Readiness::starting_up;
    if (state == "57P01" || state == "57P02") return Readiness::shutting_down;
    if (state == "53300") return Readiness::too_many;
    if (state.starts_with("53") || state.starts_with("08")) return Readiness::dropped;
    if (state == "3D000") return wants.wait_for_database ? Readiness::database_missing : Readiness::hopeless;
    if (!state.empty()) return wants.wait_for_role && (state.starts_with("28") || state == "42501") ? Readiness::role_missing : Readiness::hopeless;
    // No server's answer: libpq's own words.
    const std::string& text = why.message;
    if (has(text, "does not resolve") || has(text, "could not translate host name")) return Readiness::name_unresolved;
    if (has(text, "not resolved in time")) return Readiness::timed_out;
    if (has(text, "Connection timed out") || has(text, "timeout expired")) return Readiness::timed_out;
    if (has(text, "Connection refused") || has(text, "No such file or directory") || has(text, "No route to host") || has(text, "unreachable") ||
        has(text, "Host is down")) {
        return Readiness::refused_connection;
    }
    // target_session_attrs' word of a standby.
    if (has(text, "session is read-only") || has(text, "server is in hot standby mode")) return Readiness::in_recovery;
    if (has(text, "no password supplied")) return wants.wait_for_role ? Readiness::role_missing : Readiness::hopeless;
    if (has(text, "closed the connection") || has(text, "reset by peer") || has(text, "EOF detected") || has(text, "SSL SYSCALL") ||
        has(text, "unexpected eof") || has(text, "could not receive data") || has(text, "could not send")) {
        return Readiness::dropped;
    }
    if (has(text, "does not support SSL") || has(text, "certificate") || has(text, "SSL error") || has(text, "invalid response to SSL") ||
        has(text, "expected authentication request") || has(text, "invalid sslmode") || has(text, "root.crt") || has(text, "invalid ") ||
        has(text, "authentication method") || has(text, "unrecognized") || has(text, "too long")) {
        return Readiness::hopeless;
    }
    return Readiness::dropped;
}

SteadyClock::duration pause_after(Readiness state, SteadyClock::duration waited) {
    using std::chrono::microseconds;
    const auto grown = [waited](microseconds least, microseconds most, int part = 1000) -> SteadyClock::duration {
        return std::clamp(std::chrono::duration_cast<microseconds>(waited / part), least, most);
    };
    switch (state) {
        case Readiness::refused_connection:  // a knock each: waking up for it is what costs
            return waited < 10s ? grown(2ms, 10ms, 250) : grown(10ms, 30ms, 500);
        case Readiness::starting_up:
        case Readiness::init_server: return grown(1ms, 20ms);
        case Readiness::shutting_down:
        case Readiness::dropped: return grown(5ms, 50ms);
        case Readiness::timed_out: return 5ms;
        case Readiness::name_unresolved: return grown(20ms, 200ms);
        default: return grown(10ms, 100ms);  // the server has to fork and to say no each time
    }
}

}  // namespace pgprimer::pg
