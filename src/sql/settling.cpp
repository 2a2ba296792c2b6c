#include "pgprimer/sql/settling.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "pgprimer/base/text.hpp"
#include "tokens.hpp"

namespace pgprimer::sql {
namespace {

using How = Settling::How;

// The statement's tokens outside parentheses, read from left to right.
class Scan {
public:
    explicit Scan(std::string_view text) {
        Tokens tokens(text);
        while (const auto token = tokens.next()) {
            if (token->depth == 0 && token->text != "(" && token->text != ")") tokens_.push_back(*token);
        }
    }

    [[nodiscard]] bool is(std::string_view word) const { return at_ < tokens_.size() && word_at(at_, word); }
    bool take(std::string_view words) {
        std::size_t at = at_;
        for (const auto& word : split(words, ' ')) {
            if (!word_at(at, word)) return false;
            ++at;
        }
        at_ = at;
        return true;
    }
    [[nodiscard]] bool has(std::string_view word) const {
        for (std::size_t i = at_; i < tokens_.size(); ++i) {
            if (word_at(i, word)) return true;
        }
        return false;
    }
    void skip() { ++at_; }
    // A name as written, with its schema; "" where there is none.
    std::string name() {
        std::string out;
        while (at_ < tokens_.size()) {
            const Token& token = tokens_[at_];
            if (token.kind != Token::Kind::word && token.kind != Token::Kind::quoted_name) return "";
            out += token.text;
            ++at_;
            if (at_ >= tokens_.size() || tokens_[at_].text != ".") break;
            out += ".";
            ++at_;
        }
        return out;
    }
    // A string literal as written; "" where there is none.
    std::string literal() {
        if (at_ >= tokens_.size() || tokens_[at_].kind != Token::Kind::string) return "";
        return std::string(tokens_[at_++].text);
    }

private:
    [[nodiscard]] bool word_at(std::size_t at, std::string_view word) const {
        return at < tokens_.size() && tokens_[at].kind == Token::Kind::word && iequals(tokens_[at].text, word);
    }

    std::vector<Token> tokens_;
    std::size_t at_ = 0;
};

std::string regclass(const std::string& name) { return "pg_catalog.to_regclass(" + quote_literal(name) + ")"; }
std::string ident(const std::string& name) { return "(pg_catalog.parse_ident(" + quote_literal(name) + "))[1]"; }

Settling look(std::string question) { return {How::look, std::move(question)}; }
Settling look_done_where(const std::string& condition) { return look("SELECT 'done', '', '' WHERE " + condition); }

Settling create_index(Scan& scan) {
    scan.take("IF NOT EXISTS");
    if (scan.is("ON")) return {};  // the server has chosen its name
    const std::string index = scan.name();
    if (!scan.take("ON")) return {};
    scan.take("ONLY");
    const std::string table = scan.name();
    if (index.empty() || table.empty()) return {};
    return look(
        "SELECT CASE WHEN i.indisvalid THEN 'done' ELSE 'first' END, pg_catalog.format('DROP INDEX CONCURRENTLY %I.%I', n.nspname, c.relname), "
        "pg_catalog.format('the invalid index %I.%I', n.nspname, c.relname) FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = "
        "i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = " +
        ident(index) + " AND i.indrelid = " + regclass(table));
}

// What REINDEX CONCURRENTLY leaves: new indexes that were not finished, old ones that were not dropped yet.
Settling reindex(Scan& scan) {
    std::string of;
    const auto name_of = [&scan] {
        scan.take("CONCURRENTLY");
        return scan.name();
    };
    const auto family = [](const std::string& what) {
        return "(SELECT " + what + "::oid UNION ALL SELECT relid FROM pg_catalog.pg_partition_tree(" + what + "))";
    };
    if (scan.take("INDEX")) {
        const std::string name = name_of();
        if (name.empty()) return {};
        of = "m.main IN (SELECT indrelid FROM pg_catalog.pg_index WHERE indexrelid IN " + family(regclass(name)) + ")";
    } else if (scan.take("TABLE")) {
        const std::string name = name_of();
        if (name.empty()) return {};
        of = "m.main IN " + family(regclass(name));
    } else if (scan.take("SCHEMA")) {
        const std::string name = name_of();
        if (name.empty()) return {};
        of = "(SELECT relnamespace FROM pg_catalog.pg_class WHERE oid = m.main) = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = " +
             ident(name) + ")";
    } else if (scan.take("DATABASE") || scan.take("SYSTEM")) {
        of = "true";
    } else {
        return {};
    }
    return {How::repeat,
            "SELECT 'first', pg_catalog.format('DROP INDEX CONCURRENTLY %I.%I', n.nspname, c.relname), pg_catalog.format('the index %I.%I', "
            "n.nspname, c.relname) FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON "
            "n.oid = c.relnamespace, LATERAL (SELECT coalesce((SELECT t.oid FROM pg_catalog.pg_class t WHERE t.reltoastrelid = i.indrelid), "
            "i.indrelid) AS main) m WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$' AND " +
                of};
}

// A thing that is made or dropped at once: its being there tells.
Settling made_or_dropped(Scan& scan, bool made, const std::string& from) {
    scan.take("IF NOT EXISTS");
    scan.take("IF EXISTS");
    const std::string name = scan.name();
    if (name.empty()) return {};
    return look_done_where(std::string(made ? "" : "NOT ") + "EXISTS (SELECT FROM pg_catalog." + from + " = " + ident(name) + ")");
}

Settling create_or_drop(Scan& scan, bool made) {
    // datconnlimit -2: what an interrupted DROP DATABASE leaves.
    if (scan.take("DATABASE"))
        return made_or_dropped(scan, made, made ? "pg_database WHERE datconnlimit <> -2 AND datname" : "pg_database WHERE datname");
    if (scan.take("TABLESPACE")) return made_or_dropped(scan, made, "pg_tablespace WHERE spcname");
    if (scan.take("SUBSCRIPTION"))
        return made_or_dropped(
            scan, made,
            "pg_subscription WHERE subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) AND subname");
    scan.take("UNIQUE");
    if (!scan.take("INDEX CONCURRENTLY")) return {};
    if (made) return create_index(scan);
    scan.take("IF EXISTS");
    const std::string name = scan.name();
    return name.empty() ? Settling{} : look_done_where(regclass(name) + " IS NULL");
}

Settling alter(Scan& scan) {
    if (scan.is("SYSTEM") || scan.is("DATABASE")) return {How::repeat, ""};
    if (scan.take("SUBSCRIPTION")) {
        scan.name();
        return scan.is("REFRESH") || scan.is("SET") ? Settling{How::repeat, ""} : Settling{};
    }
    if (!scan.take("TABLE")) return {};
    scan.take("IF EXISTS");
    scan.take("ONLY");
    const std::string table = scan.name();
    if (!scan.take("DETACH PARTITION")) return {};
    const std::string part = scan.name();
    if (table.empty() || part.empty() || !scan.take("CONCURRENTLY")) return {};
    return look(
        "SELECT CASE WHEN i.inhrelid IS NULL THEN 'done' ELSE 'instead' END, pg_catalog.format('ALTER TABLE %s DETACH PARTITION %s FINALIZE', "
        "i.inhparent::regclass, i.inhrelid::regclass), 'the detaching' FROM (SELECT 1) x LEFT JOIN pg_catalog.pg_inherits i ON i.inhrelid = " +
        regclass(part) + " AND i.inhparent = " + regclass(table) + " WHERE i.inhrelid IS NULL OR i.inhdetachpending");
}

constexpr std::array<std::string_view, 20> verbs{"VACUUM",
                                                 "CLUSTER",
                                                 "REINDEX",
                                                 "DISCARD",
                                                 "ALTER SYSTEM",
                                                 "ALTER DATABASE",
                                                 "ALTER SUBSCRIPTION",
                                                 "ALTER TABLE",
                                                 "CREATE INDEX CONCURRENTLY",
                                                 "CREATE UNIQUE INDEX CONCURRENTLY",
                                                 "DROP INDEX CONCURRENTLY",
                                                 "CREATE DATABASE",
                                                 "DROP DATABASE",
                                                 "CREATE TABLESPACE",
                                                 "DROP TABLESPACE",
                                                 "CREATE SUBSCRIPTION",
                                                 "DROP SUBSCRIPTION",
                                                 "COMMIT PREPARED",
                                                 "ROLLBACK PREPARED",
                                                 "CHECKPOINT"};

}  // namespace

bool may_be_settled(std::string_view verb) {
    return std::ranges::any_of(verbs, [verb](std::string_view known) {
        return verb == known || ((known == "REINDEX" || known == "DISCARD") && verb.starts_with(std::string(known) + " "));
    });
}

Settling settling_of(const Statement& statement) {
    if (statement.multiple || statement.then) return {};
    Scan scan(statement.text);
    if (scan.take("VACUUM") || scan.take("CLUSTER") || scan.take("DISCARD") || scan.take("CHECKPOINT")) return {How::repeat, ""};
    if (scan.take("REINDEX")) return reindex(scan);
    if (scan.take("CREATE")) return create_or_drop(scan, true);
    if (scan.take("DROP")) return create_or_drop(scan, false);
    if (scan.take("ALTER")) return alter(scan);
    if (scan.take("COMMIT PREPARED") || scan.take("ROLLBACK PREPARED")) {
        const std::string id = scan.literal();
        return id.empty()
                   ? Settling{}
                   : look_done_where(
                         "NOT EXISTS (SELECT FROM pg_catalog.pg_prepared_xacts WHERE database = pg_catalog.current_database() AND gid = " + id + ")");
    }
    return {};
}

}  // namespace pgprimer::sql
