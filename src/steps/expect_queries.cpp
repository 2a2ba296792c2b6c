#include "expect_queries.hpp"

#include <optional>
#include <utility>

#include "pgprimer/base/text.hpp"

namespace pgprimer::steps {
namespace {

constexpr unsigned bool_type = 16;

// One line of a query, for messages.
std::string excerpt(const std::string& query) {
    std::string line;
    for (const char c : trim(query)) line += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
    const std::size_t longest = 120;
    if (count_characters(line) <= longest) return line;
    return line.substr(0, character_offset(line, longest)) + "...";
}

// nullopt: it holds.
std::optional<std::string> objection(const pg::Rows& rows) {
    if (rows.columns() == 0) return "gives no rows: a query that gives true is expected";
    if (rows.columns() != 1) return "gives " + std::to_string(rows.columns()) + " columns, expected one";
    if (rows.size() != 1) return "gives " + std::to_string(rows.size()) + " rows, expected one";
    if (rows.is_null(0, 0)) return "gives null, expected true";
    const std::string value(rows.at(0, 0));
    if (rows.column_type(0) != bool_type) return "gives " + excerpt(value) + ", which is not a boolean";
    if (value != "t") return "gives false, expected true";
    return std::nullopt;
}

// What came back up to a sync.
struct Segment {
    std::optional<pg::Rows> last;
    std::optional<Diagnostic> error;
};

Task<Result<Segment>> next_segment(pg::Connection& session, Deadline deadline) {
    Segment segment;
    while (true) {
        PGPRIMER_CO_TRY(pg::Reply reply, co_await session.next_result(deadline));
        switch (reply.kind) {
            case pg::Reply::Kind::sync: co_return std::move(segment);
            case pg::Reply::Kind::rows: segment.last = std::move(reply.rows); break;
            case pg::Reply::Kind::error:
                if (!segment.error) segment.error = std::move(reply.error);
                break;
            case pg::Reply::Kind::copy_in:
            case pg::Reply::Kind::copy_out: segment.error = Diagnostic(Error::failed, "COPY is not a query"); break;
            case pg::Reply::Kind::skipped:
            case pg::Reply::Kind::done: break;
        }
    }
}

Diagnostic describe(const Located<std::string>& query, Segment segment) {
    Diagnostic diagnostic(Error::failed, "");
    if (segment.error) {
        diagnostic = std::move(*segment.error);
        diagnostic.message = "query fails: " + diagnostic.message;
        diagnostic.detail = diagnostic.detail.empty() ? excerpt(*query) : diagnostic.detail + "\n" + excerpt(*query);
    } else {
        diagnostic.message = "query " + objection(*segment.last).value_or("");
        diagnostic.detail = excerpt(*query);
    }
    diagnostic.error = Error::failed;
    diagnostic.place = query.place;
    return diagnostic;
}

}  // namespace

Task<Result<std::vector<Diagnostic>>> ask_queries(pg::Connection& session, std::vector<Located<std::string>> queries, Deadline deadline) {
    const bool own = session.transaction_state() == pg::TransactionState::idle;
    PGPRIMER_CO_CHECK(session.enter_pipeline());
    for (const auto& query : queries) {
        // An error skips what follows up to the sync, so the ROLLBACK stands after it.
        PGPRIMER_CO_CHECK(session.push(own ? "BEGIN TRANSACTION READ ONLY" : "SAVEPOINT pgprimer_expect"));
        PGPRIMER_CO_CHECK(session.push(*query));
        PGPRIMER_CO_CHECK(session.sync());
        PGPRIMER_CO_CHECK(session.push(own ? "ROLLBACK" : "ROLLBACK TO SAVEPOINT pgprimer_expect"));
        PGPRIMER_CO_CHECK(session.sync());
    }
    std::vector<Diagnostic> findings;
    for (const auto& query : queries) {
        PGPRIMER_CO_TRY(Segment asked, co_await next_segment(session, deadline));
        PGPRIMER_CO_TRY(Segment rolled_back, co_await next_segment(session, deadline));
        if (asked.error || !asked.last || objection(*asked.last)) findings.push_back(describe(query, std::move(asked)));
    }
    PGPRIMER_CO_CHECK(session.leave_pipeline());
    co_return findings;
}

}  // namespace pgprimer::steps
