#include "diagnose.hpp"

#include <cstdlib>

#include "pgprimer/base/text.hpp"

namespace pgprimer::pg {
namespace {

std::string field(const PGresult* result, int code) {
    const char* text = PQresultErrorField(result, code);
    return text == nullptr ? "" : text;
}

bool is_sqlstate(std::string_view text) {
    if (text.size() != 5) return false;
    for (const char c : text) {
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'))) return false;
    }
    return true;
}

// libpq's own words: the first line is the message, the others explain it.
void take_words(Diagnostic& out, std::string_view text) {
    text = trim(text);
    const auto end = text.find('\n');
    out.message = std::string(trim(text.substr(0, end)));
    if (end != std::string_view::npos) out.detail = std::string(trim(text.substr(end)));
}

}  // namespace

bool ends_session(const std::string& s) { return s == "57P01" || s == "57P02" || s == "57P03" || s == "57P05" || s.starts_with("08"); }

Diagnostic diagnose(const PGresult* result) {
    Diagnostic out(Error::failed, field(result, PG_DIAG_MESSAGE_PRIMARY));
    out.sqlstate = field(result, PG_DIAG_SQLSTATE);
    out.detail = field(result, PG_DIAG_MESSAGE_DETAIL);
    out.hint = field(result, PG_DIAG_MESSAGE_HINT);
    out.context = field(result, PG_DIAG_CONTEXT);
    out.internal_query = field(result, PG_DIAG_INTERNAL_QUERY);
    const std::string position = field(result, out.internal_query.empty() ? PG_DIAG_STATEMENT_POSITION : PG_DIAG_INTERNAL_POSITION);
    out.server_position = std::atoi(position.c_str());
    if (out.message.empty()) take_words(out, PQresultErrorMessage(result));
    if (out.sqlstate.empty() && out.message.find("server closed the connection") != std::string::npos) out.sqlstate = "08006";
    // A function may raise any SQLSTATE, dblink and postgres_fdw those of a connection of theirs: what ends this session is FATAL.
    std::string severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (severity.empty()) severity = field(result, PG_DIAG_SEVERITY);
    if (severity.empty() ? ends_session(out.sqlstate) : severity == "FATAL" || severity == "PANIC") out.error = Error::lost;
    return out;
}

Diagnostic diagnose_lost(PGconn* connection) {
    Diagnostic out(Error::lost, "");
    take_words(out, PQerrorMessage(connection));
    if (out.message.empty()) out.message = "the connection to the server was lost";
    out.sqlstate = "08006";
    return out;
}

// With VERBOSITY_VERBOSE a server's answer reads "... FATAL:  3D000: database "x" does not exist"; several hosts give several lines.
Diagnostic diagnose_connect(PGconn* connection) {
    const std::string text(trim(PQerrorMessage(connection)));
    Diagnostic out(Error::not_ready, text);
    for (const std::string_view severity : {"FATAL:  ", "ERROR:  ", "PANIC:  "}) {
        const auto at = text.rfind(severity);
        if (at == std::string::npos) continue;
        const std::string_view rest = std::string_view(text).substr(at + severity.size());
        if (rest.size() < 7 || rest.substr(5, 2) != ": " || !is_sqlstate(rest.substr(0, 5))) continue;
        out.sqlstate = std::string(rest.substr(0, 5));
        const auto end = rest.find('\n');
        out.message = std::string(trim(rest.substr(7, end == std::string_view::npos ? end : end - 7)));
        if (end != std::string_view::npos) {
            for (const auto& line : split(rest.substr(end + 1), '\n')) {
                if (line.starts_with("DETAIL:  ")) out.detail = line.substr(9);
                if (line.starts_with("HINT:  ")) out.hint = line.substr(7);
            }
        }
        return out;
    }
    // libpq's own words: 'connection to server at "db" (10.0.0.2), port 5432 failed: Connection refused', then advice that fits psql.
    const std::string_view line = std::string_view(text).substr(0, text.find('\n'));
    const auto failed = line.find(" failed: ");
    out.message = std::string(failed == std::string_view::npos ? line : line.substr(failed + 9));
    return out;
}

}  // namespace pgprimer::pg
