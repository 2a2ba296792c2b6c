#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "pgprimer/base/text.hpp"
#include "pgprimer/sql/statement.hpp"
#include "tokens.hpp"

namespace pgprimer::sql {
namespace {

using Control = Traits::Control;

std::string upper(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return out;
}

// The statement's words and symbols outside parentheses, upper case; strings as ' and quoted names as ". Long statements are cut: what tells
// the kind of a statement stands at its beginning.
constexpr std::size_t most_tokens = 400;

class Words {
public:
    explicit Words(std::string_view text) {
        Tokens tokens(text);
        while (auto token = tokens.next()) {
            if (token->depth > 0 && token->text != ")") continue;
            if (words_.size() == most_tokens) break;
            switch (token->kind) {
                case Token::Kind::string: words_.emplace_back("'"); break;
                case Token::Kind::quoted_name: words_.emplace_back("\""); break;
                default: words_.push_back(upper(token->text));
            }
        }
    }

    [[nodiscard]] std::size_t size() const { return words_.size(); }
    [[nodiscard]] std::string_view operator[](std::size_t i) const { return i < words_.size() ? std::string_view(words_[i]) : ""; }
    [[nodiscard]] bool has(std::string_view word, std::size_t from = 0) const { return find(word, from) < words_.size(); }
    [[nodiscard]] std::size_t find(std::string_view word, std::size_t from = 0) const {
        for (std::size_t i = from; i < words_.size(); ++i) {
            if (words_[i] == word) return i;
        }
        return words_.size();
    }

private:
    std::vector<std::string> words_;
};

template <std::size_t N>
bool one_of(std::string_view word, const std::array<std::string_view, N>& words) {
    return std::ranges::find(words, word) != words.end();
}

constexpr std::array<std::string_view, 34> verb_words{
    "UNIQUE",        "INDEX",       "CONCURRENTLY", "TABLE",  "DATABASE",     "ROLE",  "USER",      "TYPE",     "EXTENSION",
    "SCHEMA",        "FUNCTION",    "PROCEDURE",    "VIEW",   "MATERIALIZED", "TEMP",  "TEMPORARY", "TRIGGER",  "SEQUENCE",
    "SUBSCRIPTION",  "PUBLICATION", "TABLESPACE",   "SYSTEM", "TRANSACTION",  "INTO",  "FROM",      "PREPARED", "SESSION",
    "AUTHORIZATION", "POLICY",      "RULE",         "DOMAIN", "GROUP",        "EVENT", "SERVER"};

std::string verb_of(const Words& w) {
    std::string out(w[0]);
    std::size_t i = 1;
    if (w[1] == "OR" && w[2] == "REPLACE") i = 3;
    for (; i < w.size() && i < 6 && one_of(w[i], verb_words); ++i) out += " " + std::string(w[i]);
    return out;
}

bool contains_word(std::string_view text, std::string_view word) {
    const std::string all = upper(text);
    for (auto at = all.find(word); at != std::string::npos; at = all.find(word, at + 1)) {
        const auto is_part = [&all](std::size_t i) {
            return i < all.size() && (std::isalnum(static_cast<unsigned char>(all[i])) != 0 || all[i] == '_');
        };
        if ((at == 0 || !is_part(at - 1)) && !is_part(at + word.size())) return true;
    }
    return false;
}

void classify_create(const Words& w, Traits& t) {
    std::size_t i = 1;
    if (w[i] == "OR" && w[i + 1] == "REPLACE") i += 2;
    if (w[i] == "GLOBAL" || w[i] == "LOCAL") ++i;
    if (w[i] == "TEMP" || w[i] == "TEMPORARY") t.lives_in_session = true;
    if (w[i] == "DATABASE" || w[i] == "TABLESPACE") t.refuses_transaction = t.touches_globals = true;
    if (w[i] == "SUBSCRIPTION") t.refuses_transaction = true;
    if (w[i] == "ROLE" || w[i] == "GROUP" || (w[i] == "USER" && w[i + 1] != "MAPPING")) t.touches_globals = true;
    if (w[i] == "UNIQUE") ++i;
    if (w[i] == "INDEX" && w[i + 1] == "CONCURRENTLY") t.refuses_transaction = true;
}

void classify_drop(const Words& w, Traits& t) {
    if (w[1] == "DATABASE" || w[1] == "TABLESPACE") t.refuses_transaction = t.touches_globals = true;
    if (w[1] == "SUBSCRIPTION" || (w[1] == "INDEX" && w[2] == "CONCURRENTLY")) t.refuses_transaction = true;
    if (w[1] == "ROLE" || w[1] == "GROUP" || (w[1] == "USER" && w[2] != "MAPPING")) t.touches_globals = true;
}

void classify_alter(const Words& w, Traits& t) {
    if (w[1] == "SYSTEM") t.refuses_transaction = true;
    if (w[1] == "DATABASE") {
        t.touches_globals = true;
        for (std::size_t i = 2; i + 1 < w.size(); ++i) t.refuses_transaction |= w[i] == "SET" && w[i + 1] == "TABLESPACE";
    }
    if (w[1] == "TABLESPACE" || w[1] == "ROLE" || w[1] == "GROUP" || (w[1] == "USER" && w[2] != "MAPPING")) t.touches_globals = true;
    if (w[1] == "TYPE") {
        for (std::size_t i = 2; i + 1 < w.size(); ++i) t.adds_enum_value |= w[i] == "ADD" && w[i + 1] == "VALUE";
    }
    if (w[1] == "TABLE" && w.has("DETACH") && w.has("CONCURRENTLY", w.find("DETACH"))) t.refuses_transaction = true;
    if (w[1] == "SUBSCRIPTION" && (w.has("REFRESH") || w.has("PUBLICATION"))) t.refuses_transaction = true;
}

void classify_copy(const Words& w, Traits& t) {
    for (std::size_t i = 1; i < w.size(); ++i) {
        if (w[i] == "FROM") {
            t.copy_from_stdin = w[i + 1] == "STDIN";
            t.copies_in = t.copy_from_stdin ? 1 : 0;
            t.copy_outside = w[i + 1] == "PROGRAM";
            return;
        }
        if (w[i] == "TO") {
            t.copy_to_stdout = w[i + 1] == "STDOUT";
            t.copy_outside = !t.copy_to_stdout;
            return;
        }
    }
}

void classify_set(const Words& w, Traits& t) {
    const std::size_t i = w[1] == "LOCAL" || w[1] == "SESSION" ? 2 : 1;
    if (w[1] == "TRANSACTION" || (w[1] == "LOCAL" && w[2] == "TRANSACTION")) {
        t.sets_transaction = true;
        t.reads_only = w.find("ONLY") > 0 && w[w.find("ONLY") - 1] == "READ";
        return;
    }
    if (w[1] == "CONSTRAINTS") return;
    t.sets_role = w[i] == "ROLE" || w[i] == "AUTHORIZATION" || (w[i] == "SESSION" && w[i + 1] == "AUTHORIZATION");
    t.changes_settings = w[1] != "LOCAL" || t.sets_role;
}

void classify_control(const Words& w, Traits& t) {
    const std::string_view v = w[0];
    if (v == "BEGIN" || (v == "START" && w[1] == "TRANSACTION")) {
        t.control = Control::begin;
        const std::size_t words = w[1] == "WORK" || w[1] == "TRANSACTION" ? 2 : 1;
        for (std::size_t i = words; i < w.size(); ++i)
            t.begin_options += (i == words || w[i] == "," ? "" : " ") + std::string(w[i]);  // without comments
        t.reads_only = t.begin_options.find("READ ONLY") != std::string::npos;
    } else if (v == "COMMIT" || v == "END") {
        if (w[1] == "PREPARED")
            t.refuses_transaction = true;
        else
            t.control = Control::commit;
    } else if (v == "ROLLBACK" || v == "ABORT") {
        if (w[1] == "PREPARED")
            t.refuses_transaction = true;
        else
            t.control = w.has("TO") ? Control::savepoint : Control::rollback;
    } else if (v == "SAVEPOINT" || v == "RELEASE") {
        t.control = Control::savepoint;
    } else if (v == "PREPARE") {
        if (w[1] == "TRANSACTION")
            t.control = Control::prepare_transaction;
        else
            t.lives_in_session = true;
    }
    if (t.control == Control::commit || t.control == Control::rollback) {
        const std::size_t chain = w.find("CHAIN");
        t.chain = chain < w.size() && w[chain - 1] == "AND";
    }
}

constexpr std::array<std::string_view, 19> plain_verbs{"INSERT",  "UPDATE",   "DELETE",   "SELECT",  "WITH",   "VALUES",   "CREATE",
                                                       "ALTER",   "DROP",     "COMMENT",  "GRANT",   "REVOKE", "TRUNCATE", "MERGE",
                                                       "REFRESH", "REASSIGN", "SECURITY", "ANALYZE", "LOCK"};

Traits classify_one(std::string_view statement) {
    const Words w(statement);
    Traits t;
    if (w.size() == 0) return t;
    t.verb = verb_of(w);
    const std::string_view v = w[0];
    classify_control(w, t);
    if (v == "CREATE") classify_create(w, t);
    if (v == "DROP") classify_drop(w, t);
    if (v == "ALTER") classify_alter(w, t);
    if (v == "COPY") classify_copy(w, t);
    if (v == "SET") classify_set(w, t);
    if (v == "RESET") {
        t.changes_settings = true;
        t.sets_role = w[1] == "ROLE" || w[1] == "SESSION";
    }
    if (v == "DISCARD") {
        t.changes_settings = true;
        t.refuses_transaction = w[1] == "ALL";
    }
    if (v == "VACUUM") t.refuses_transaction = true;
    if (v == "CLUSTER") t.refuses_transaction = w.size() == 1 || (w.size() == 2 && w[1] == "VERBOSE") || (w.size() == 3 && w[2] == ")");
    if (v == "REINDEX") {
        t.refuses_transaction = w.has("CONCURRENTLY") || contains_word(statement.substr(0, 200), "CONCURRENTLY") || w.has("SCHEMA") ||
                                w.has("DATABASE") || w.has("SYSTEM");
    }
    if (v == "GRANT" || v == "REVOKE") {
        const std::string_view of = w[w.find("ON") + 1];
        t.touches_globals = !w.has("ON") || of == "DATABASE" || of == "TABLESPACE" || of == "PARAMETER";
    }
    if ((v == "COMMENT" || v == "SECURITY") && (w.has("ROLE") || w.has("DATABASE") || w.has("TABLESPACE"))) t.touches_globals = true;
    if (v == "LISTEN" || (v == "DECLARE" && w.has("HOLD"))) t.lives_in_session = true;
    if (v == "SELECT" || v == "WITH") {
        const auto into = w.find("INTO");
        t.lives_in_session |= into < w.size() && (w[into + 1] == "TEMP" || w[into + 1] == "TEMPORARY");
        t.changes_settings |= contains_word(statement.substr(0, 4096), "SET_CONFIG");
    }
    if (v == "DO") t.may_commit = contains_word(statement, "COMMIT") || contains_word(statement, "ROLLBACK");
    if (v == "CALL") t.may_commit = true;
    t.is_plain = one_of(v, plain_verbs) && !t.refuses_transaction && !t.lives_in_session && !t.changes_settings;
    return t;
}

// Statements joined by \; one after the other.
std::vector<std::string_view> parts_of(std::string_view statement) {
    std::vector<std::string_view> out;
    std::size_t begin = 0;
    Tokens tokens(statement);
    while (const auto token = tokens.next()) {
        if (token->text != ";" || token->depth > 0) continue;
        out.push_back(statement.substr(begin, token->at - begin));
        begin = token->at + 1;
    }
    out.push_back(statement.substr(begin));
    std::erase_if(out, [](std::string_view part) { return first_token(part) == std::string_view::npos; });
    return out;
}

}  // namespace

Traits classify(std::string_view statement) {
    if (statement.find(';') == std::string_view::npos) return classify_one(statement);
    const auto parts = parts_of(statement);
    Traits all = classify_one(parts.size() == 1 ? parts.front() : statement);
    // BEGIN ATOMIC bodies hold semicolons, too: they are one statement, which its first words tell.
    const bool has_body = (all.verb == "CREATE FUNCTION" || all.verb == "CREATE PROCEDURE") && Words(parts.front()).has("ATOMIC");
    if (parts.size() <= 1 || has_body) return all;
    all = classify_one(parts.front());
    int copies_in = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const Traits one = classify_one(parts[i]);
        if (one.control != Control::none && one.control != Control::savepoint) all.may_commit = true;
        all.sets_transaction |= one.sets_transaction;
        all.reads_only |= one.reads_only;
        all.refuses_transaction |= one.refuses_transaction;
        all.may_commit |= one.may_commit;
        all.copy_from_stdin |= one.copy_from_stdin;
        copies_in += one.copies_in;
        all.copy_to_stdout |= one.copy_to_stdout;
        all.copy_outside |= one.copy_outside;
        all.lives_in_session |= one.lives_in_session;
        all.changes_settings |= one.changes_settings;
        all.sets_role |= one.sets_role;
        all.touches_globals |= one.touches_globals;
    }
    all.copies_in = copies_in;
    all.control = Control::none;
    all.begin_options.clear();
    all.is_plain = false;
    return all;
}

}  // namespace pgprimer::sql
