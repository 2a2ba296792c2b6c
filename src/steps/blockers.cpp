#include "pgprimer/steps/blockers.hpp"

#include <string.h>  // strcasestr

#include <algorithm>
#include <cstdlib>

#include "pgprimer/base/text.hpp"

namespace pgprimer::steps {
namespace {

constexpr std::size_t most_of_a_query = 120;
constexpr int most_told = 5;

// One line of it. A password that somebody sets is none of the log's business.
std::string shortened(std::string query) {
    if (const char* secret = ::strcasestr(query.c_str(), "password"); secret != nullptr)
        query = query.substr(0, static_cast<std::size_t>(secret - query.c_str()) + 8) + " ...";
    std::string line;
    for (const char c : query) {
        const bool blank = c == ' ' || c == '\n' || c == '\r' || c == '\t';
        if (!blank)
            line += c;
        else if (!line.empty() && line.back() != ' ')
            line += ' ';
    }
    line = printable(line);
    if (count_characters(line) <= most_of_a_query) return line;
    return line.substr(0, character_offset(line, most_of_a_query)) + "...";
}

// Of other roles' sessions the server shows no more than pid, user and application, unless ours may read all of it.
constexpr const char* question =
    "SELECT DISTINCT ON (b.pid) b.pid, coalesce(a.usename, a.backend_type, 'a role that is hidden'), a.application_name, pg_catalog.host(a.client_addr), a.state, "
    "(EXTRACT(epoch FROM pg_catalog.clock_timestamp() - coalesce(a.xact_start, a.state_change)))::float8, a.query, "
    "(SELECT l.mode || ' on ' || CASE l.locktype WHEN 'relation' THEN l.relation::pg_catalog.regclass::text WHEN 'tuple' THEN 'a row of ' || "
    "l.relation::pg_catalog.regclass::text WHEN 'transactionid' THEN 'a row that another transaction has changed' WHEN 'virtualxid' THEN 'an older transaction' "
    "ELSE 'an ' || l.locktype || ' lock' END FROM pg_catalog.pg_locks l WHERE l.pid = w.pid AND NOT l.granted LIMIT 1), "
    "(SELECT pg_catalog.string_agg(pg_catalog.quote_literal(gid), ', ') FROM pg_catalog.pg_prepared_xacts WHERE database = pg_catalog.current_database()) "
    "FROM (SELECT pid FROM pg_catalog.pg_stat_activity WHERE datname = pg_catalog.current_database() AND (pid = $1::int OR application_name = $2)) w "
    "CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.pg_blocking_pids(w.pid)) b (pid) LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = b.pid ORDER BY b.pid";

std::string told(const pg::Rows& rows, int i, const std::function<std::string(std::string)>& redact) {
    const auto field = [&rows, i](int column) { return printable(rows.at(i, column)); };
    if (rows.at(i, 0) == "0") return "a prepared transaction (of this database: " + field(8) + ")";
    std::string out = "pid " + field(0) + " (" + field(1);
    if (!rows.at(i, 2).empty()) out += ", application \"" + field(2) + "\"";
    if (!rows.at(i, 3).empty()) out += ", from " + field(3);
    if (rows.is_null(i, 4) || rows.at(i, 4).empty()) return out + ")";
    const std::chrono::duration<double> since{std::strtod(std::string(rows.at(i, 5)).c_str(), nullptr)};
    out += ", " + field(4) + ", begun " + human(std::chrono::duration_cast<std::chrono::nanoseconds>(since)) + " ago)";
    const std::string query = shortened(redact(std::string(rows.at(i, 6))));
    return query.empty() ? out : out + ": " + query;
}

}  // namespace

std::string Blockers::text() const {
    std::string out = (lock.empty() ? "a lock" : lock) + ", behind ";
    for (std::size_t i = 0; i < told.size(); ++i) out += (i == 0 ? "" : "; ") + told[i];
    if (pids.size() > told.size()) out += "; and " + std::to_string(pids.size() - told.size()) + " more";
    return out;
}

std::string Blockers::short_text() const {
    std::string out;
    for (const int pid : pids) out += (out.empty() ? "pid " : ", ") + std::to_string(pid);
    return out;
}

std::string Blockers::way_out() const {
    std::string out;
    for (const int pid : pids) {
        if (pid == 0) return "COMMIT PREPARED or ROLLBACK PREPARED that transaction";
        if (out.size() < 200) out += (out.empty() ? "SELECT pg_terminate_backend(" : ", pg_terminate_backend(") + std::to_string(pid) + ")";
    }
    return out;
}

Task<Result<Blockers>> ask_blockers(pg::Connection& session, int pid, std::string application_name, std::function<std::string(std::string)> redact,
                                    Deadline deadline) {
    Blockers out;
    pg::Parameters parameters{std::to_string(pid), std::move(application_name)};
    PGPRIMER_CO_TRY(const pg::Rows rows, co_await session.query(question, std::move(parameters), deadline));
    for (int i = 0; i < rows.size(); ++i) {
        out.pids.push_back(std::atoi(std::string(rows.at(i, 0)).c_str()));
        if (out.lock.empty()) out.lock = printable(rows.at(i, 7));
        if (i < most_told) out.told.push_back(told(rows, i, redact));
    }
    co_return out;
}

}  // namespace pgprimer::steps
