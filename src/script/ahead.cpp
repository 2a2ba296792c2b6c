// What sending statements ahead would let be seen: rules that answer beside a statement, and commits that have not waited for the disk.
#include <string.h>  // strcasestr

#include <algorithm>
#include <array>
#include <cctype>

#include "session.hpp"

namespace pgprimer::script {
namespace {

bool is_of_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || static_cast<unsigned char>(c) >= 0x80U; }

bool has_word(const char* text, const std::string& word) {
    for (const char* at = text; (at = ::strcasestr(at, word.c_str())) != nullptr; ++at) {
        if ((at == text || !is_of_name(at[-1])) && !is_of_name(at[word.size()])) return true;
    }
    return false;
}

}  // namespace

Task<Result<void>> Session::commit_lazily() {
    if (lazy_ || sets_commits_) co_return Result<void>{};
    lazy_ = true;
    co_return co_await internal("SET synchronous_commit = off");
}

// One commit that waits for the disk, and so for all before it. An empty one would not: it takes a record in the log.
Task<Result<void>> Session::make_durable() {
    if (!std::exchange(lazy_, false) || !connection().alive()) co_return Result<void>{};
    co_await roll_back();
    co_return co_await internal(
        "BEGIN READ WRITE; SET LOCAL synchronous_commit = on; SELECT pg_catalog.pg_logical_emit_message(true, 'pgprimer', ''); COMMIT");
}

bool Session::sees_commits(const sql::Statement& statement) {
    constexpr std::array<std::string_view, 9> verbs{"SELECT", "WITH", "VALUES", "SHOW", "SET", "RESET", "CALL", "DO", "EXECUTE"};
    constexpr std::array<const char*, 4> words{"synchronous_commit", "wal_", "lsn", "slot"};
    const std::string_view verb = std::string_view(statement.traits.verb).substr(0, statement.traits.verb.find(' '));
    if (std::ranges::find(verbs, verb) == verbs.end()) return false;
    return std::ranges::any_of(words, [&](const char* word) { return ::strcasestr(statement.text.c_str(), word) != nullptr; });
}

Task<Result<void>> Session::wait_for_commits(const sql::Statement& statement) {
    if (!sees_commits(statement)) co_return Result<void>{};
    if (lazy_ && connection().transaction_state() == pg::TransactionState::idle) {
        // The server's own writer does it, every 200 ms: what make_durable() writes would be seen.
        PGPRIMER_CO_TRY(const pg::Rows last, co_await connection().query("SELECT pg_catalog.pg_current_wal_insert_lsn()", deadline_));
        const std::string question =
            "SELECT pg_catalog.pg_current_wal_flush_lsn() >= '" + std::string(last.at(0, 0)) + "', pg_catalog.pg_sleep(0.005)";
        bool flushed = false;
        for (int tries = 0; tries < 200 && !flushed; ++tries) {
            PGPRIMER_CO_TRY(const pg::Rows now, co_await connection().query(question, deadline_));
            flushed = now.at(0, 0) == "t";
        }
        if (!flushed) PGPRIMER_CO_CHECK(co_await make_durable());
        lazy_ = false;
        PGPRIMER_CO_CHECK(co_await internal("RESET synchronous_commit"));
    }
    sets_commits_ = sets_commits_ || statement.text.find("synchronous_commit") != std::string::npos;
    co_return Result<void>{};
}

// Where there are any, views are among them: what is written into one may end in a table that has a rule.
Task<Result<void>> Session::look_for_rules() {
    constexpr int most = 100;
    constexpr const char* question =
        "SELECT DISTINCT c.relname FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class WHERE r.oid >= 16384 AND EXISTS "
        "(SELECT 1 FROM pg_catalog.pg_rewrite WHERE ev_type <> '1' AND oid >= 16384) LIMIT 101";
    PGPRIMER_CO_TRY(const pg::Rows found, co_await connection().query(question, deadline_));
    ruled_.emplace();
    for (int i = 0; i < found.size(); ++i) {
        std::string name(found.at(i, 0));
        if (i == most || name.find('"') != std::string::npos) name.clear();  // stands in every statement
        ruled_->push_back(std::move(name));
    }
    co_return Result<void>{};
}

bool Session::names_ruled(const sql::Statement& statement) const {
    constexpr std::size_t most = 16U << 10U;
    if (!ruled_ || ruled_->empty()) return false;
    return statement.text.size() > most ||
           std::ranges::any_of(*ruled_, [&](const auto& name) { return name.empty() || has_word(statement.text.c_str(), name); });
}

}  // namespace pgprimer::script
