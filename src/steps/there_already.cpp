#include "pgprimer/steps/there_already.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "pgprimer/base/text.hpp"

namespace pgprimer::steps {
namespace {

constexpr std::string_view exists = " already exists";

// What a DO block catches.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> conditions{{{"42P07", "duplicate_table"},
                                                                                   {"42P06", "duplicate_schema"},
                                                                                   {"42710", "duplicate_object"},
                                                                                   {"42723", "duplicate_function"},
                                                                                   {"42P04", "duplicate_database"},
                                                                                   {"42701", "duplicate_column"},
                                                                                   {"23505", "unique_violation"}}};

std::string_view condition_of(std::string_view state) {
    const auto* found = std::ranges::find(conditions, state, [](const auto& entry) { return entry.first; });
    return found == conditions.end() ? std::string_view() : found->second;
}

// A line's words as written: up to a space, a bracket, a comma or a semicolon; what is quoted stays one word. No comments.
std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> out;
    std::string word;
    char quote = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (quote == 0 && line.substr(i, 2) == "--") break;
        if (quote == 0 && line.substr(i, 2) == "/*") {
            const auto end = line.find("*/", i + 2);
            if (end == std::string_view::npos) break;
            i = end + 1;
            continue;
        }
        const bool ends = quote == 0 && (std::isspace(static_cast<unsigned char>(c)) != 0 || c == '(' || c == ')' || c == ',' || c == ';');
        if (ends) {
            if (!word.empty()) out.push_back(std::exchange(word, ""));
            continue;
        }
        if (c == '"' || c == '\'') quote = quote == 0 ? c : quote == c ? '\0' : quote;
        word += c;
    }
    if (!word.empty()) out.push_back(std::move(word));
    return out;
}

class Words {
public:
    explicit Words(std::string_view line) : words_(words_of(line)) {}

    [[nodiscard]] std::size_t size() const { return words_.size(); }
    [[nodiscard]] std::string at(std::size_t i) const { return i < words_.size() ? words_[i] : ""; }
    [[nodiscard]] bool is(std::size_t i, std::string_view word) const { return i < words_.size() && iequals(words_[i], word); }
    // Index after `word`, from `from` on; size() where it is not there.
    [[nodiscard]] std::size_t after(std::string_view word, std::size_t from = 0) const {
        for (std::size_t i = from; i < words_.size(); ++i) {
            if (is(i, word)) return i + 1;
        }
        return words_.size();
    }
    // Words [0, end) in one line.
    [[nodiscard]] std::string until(std::size_t end) const {
        std::string out;
        for (std::size_t i = 0; i < end && i < words_.size(); ++i) out += (i > 0 ? " " : "") + words_[i];
        return out;
    }

private:
    std::vector<std::string> words_;
};

enum class Way { if_not_exists, or_replace, trigger, drop_first, block, role, database, gexec };

struct Made {
    std::string_view kind;
    Way way;
};

// Longer names first.
constexpr std::array<Made, 40> makings{{{"FOREIGN DATA WRAPPER", Way::block},
                                        {"TEXT SEARCH CONFIGURATION", Way::block},
                                        {"TEXT SEARCH DICTIONARY", Way::block},
                                        {"TEXT SEARCH PARSER", Way::block},
                                        {"TEXT SEARCH TEMPLATE", Way::block},
                                        {"CONSTRAINT TRIGGER", Way::drop_first},
                                        {"MATERIALIZED VIEW", Way::if_not_exists},
                                        {"RECURSIVE VIEW", Way::or_replace},
                                        {"TEMPORARY VIEW", Way::or_replace},
                                        {"TEMP VIEW", Way::or_replace},
                                        {"FOREIGN TABLE", Way::if_not_exists},
                                        {"UNLOGGED TABLE", Way::if_not_exists},
                                        {"TEMPORARY TABLE", Way::if_not_exists},
                                        {"TEMP TABLE", Way::if_not_exists},
                                        {"UNIQUE INDEX", Way::if_not_exists},
                                        {"TEMPORARY SEQUENCE", Way::if_not_exists},
                                        {"TEMP SEQUENCE", Way::if_not_exists},
                                        {"UNLOGGED SEQUENCE", Way::if_not_exists},
                                        {"EVENT TRIGGER", Way::drop_first},
                                        {"USER MAPPING", Way::if_not_exists},
                                        {"TRUSTED LANGUAGE", Way::or_replace},
                                        {"TABLE", Way::if_not_exists},
                                        {"INDEX", Way::if_not_exists},
                                        {"SEQUENCE", Way::if_not_exists},
                                        {"SCHEMA", Way::if_not_exists},
                                        {"EXTENSION", Way::if_not_exists},
                                        {"SERVER", Way::if_not_exists},
                                        {"COLLATION", Way::if_not_exists},
                                        {"STATISTICS", Way::if_not_exists},
                                        {"VIEW", Way::or_replace},
                                        {"FUNCTION", Way::or_replace},
                                        {"PROCEDURE", Way::or_replace},
                                        {"AGGREGATE", Way::or_replace},
                                        {"RULE", Way::or_replace},
                                        {"LANGUAGE", Way::or_replace},
                                        {"TRIGGER", Way::trigger},
                                        {"POLICY", Way::drop_first},
                                        {"ROLE", Way::role},
                                        {"USER", Way::role},
                                        {"GROUP", Way::role}}};
constexpr std::array<Made, 2> apart{{{"DATABASE", Way::database}, {"TABLESPACE", Way::gexec}}};

std::string in_block(std::string_view statement, std::string_view state) {
    return "DO $$ BEGIN " + std::string(statement) + " ...; EXCEPTION WHEN " + std::string(condition_of(state)) + " THEN NULL; END $$";
}

// How many of the words from `from` on are the kind's; 0: none of it.
std::size_t length_of(const Words& words, std::size_t from, std::string_view kind) {
    const auto parts = words_of(kind);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (!words.is(from + i, parts[i])) return 0;
    }
    return parts.size();
}

struct Creation {
    std::string kind, name, rerunnable;
};

// CREATE ...: `state` tells what a DO block is to catch.
std::optional<Creation> creation(const Words& words, const std::string& state) {
    if (!words.is(0, "CREATE")) return std::nullopt;
    std::size_t at = 1;
    if (words.is(at, "OR")) at += 2;
    if (words.is(at, "GLOBAL") || words.is(at, "LOCAL")) ++at;
    const Made* made = nullptr;
    std::size_t length = 0;
    for (const Made* one = makings.data(); one != makings.data() + makings.size() && made == nullptr; ++one) {
        if ((length = length_of(words, at, one->kind)) > 0) made = one;
    }
    for (const Made* one = apart.data(); one != apart.data() + apart.size() && made == nullptr; ++one) {
        if ((length = length_of(words, at, one->kind)) > 0) made = one;
    }
    const std::size_t after = at + length;
    if (made == nullptr) return Creation{lower(words.at(at)), words.at(at + 1), in_block(words.until(at + 2), state)};
    Creation out;
    out.kind = lower(made->kind);
    if (made->way == Way::if_not_exists) {
        const std::size_t name = words.is(after, "CONCURRENTLY") ? after + 1 : after;
        out.name = words.at(words.is(name, "IF") ? name + 3 : name);
        if (out.kind == "schema" && iequals(out.name, "AUTHORIZATION")) out.name = "AUTHORIZATION " + words.at(name + 1);
        if (out.kind == "user mapping") out.name = words.until(name + 4).substr(words.until(name).size() + 1);
        out.rerunnable = words.until(name) + " IF NOT EXISTS " + out.name;
        return out;
    }
    out.name = words.at(after);
    const std::string rest = words.until(after + 1).substr(words.at(0).size());  // " VIEW v"
    const auto on = [&words, after] {
        const std::size_t table = words.after("ON", after);
        return " ON " + (table < words.size() ? words.at(words.is(table, "ONLY") ? table + 1 : table) : "...");
    };
    switch (made->way) {
        case Way::or_replace: out.rerunnable = "CREATE OR REPLACE" + rest; break;
        case Way::trigger:
            out.rerunnable = "CREATE OR REPLACE" + rest + " (PostgreSQL 14 and later; or DROP TRIGGER IF EXISTS " + out.name + on() + " before it)";
            break;
        case Way::drop_first: {
            const std::string what = out.kind == "constraint trigger" ? "TRIGGER" : std::string(made->kind);
            out.rerunnable = "DROP " + what + " IF EXISTS " + out.name + (out.kind == "event trigger" ? "" : on()) + " before it";
            break;
        }
        case Way::role:
            out.kind = "role";
            out.rerunnable = in_block(words.until(after + 1), state) + ", or [[step.ensure.role]] with name = \"" + out.name + "\" instead of it";
            break;
        case Way::database:
            out.rerunnable = "[[step.ensure.database]] with name = \"" + out.name + "\" or create_database = true in [target] instead of it";
            break;
        default:
            out.rerunnable = "SELECT 'CREATE TABLESPACE ...' WHERE NOT EXISTS (SELECT FROM pg_tablespace WHERE spcname = '" + out.name + "') \\gexec";
    }
    return out;
}

// The first name in double quotes of an English message.
std::string quoted_in(std::string_view message) {
    const auto begin = message.find('"');
    const auto end = begin == std::string_view::npos ? begin : message.find('"', begin + 1);
    return end == std::string_view::npos ? "" : std::string(message.substr(begin + 1, end - begin - 1));
}

// ALTER TABLE, TYPE and the rest.
std::string altered(const Words& words, const Diagnostic& why) {
    if (words.is(1, "TYPE")) {
        const std::size_t value = words.after("VALUE");
        return words.until(value) + " IF NOT EXISTS" + (value < words.size() ? " " + words.at(value) : "");
    }
    if (!words.is(1, "TABLE")) return in_block(words.until(3), why.sqlstate);
    std::size_t name = 2;
    if (words.is(name, "IF")) name += 2;
    if (words.is(name, "ONLY")) ++name;
    const std::string table = words.until(name + 1);
    if (words.after("RENAME") < words.size() || words.after("ATTACH") < words.size()) return in_block(table, why.sqlstate);
    const std::string thing = quoted_in(why.message);
    if (why.sqlstate == "42701") return table + " ADD COLUMN IF NOT EXISTS " + (thing.empty() ? "..." : thing);
    if (why.sqlstate == "42P16") return table + " DROP CONSTRAINT IF EXISTS " + words.at(name) + "_pkey before it";
    return table + " DROP CONSTRAINT IF EXISTS " + (thing.empty() ? "..." : thing) + " before it";
}

std::string described(const Diagnostic& why) {
    // Key (id)=(1) already exists.
    if (const auto end = why.detail.find(exists); end != std::string::npos) return "a row with " + why.detail.substr(0, end);
    return "such a row";
}

// The innermost statement: of a DO block or a function it is in the context.
std::string statement_of(const Diagnostic& why) {
    constexpr std::string_view said = "SQL statement \"";
    const auto at = why.context.find(said);
    if (at == std::string::npos) return why.line_text;
    const auto begin = at + said.size();
    const auto end = why.context.find("\"\n", begin);
    std::string text = why.context.substr(begin, end == std::string::npos ? end : end - begin);
    std::ranges::replace(text, '\n', ' ');
    return text;
}

}  // namespace

std::optional<ThereAlready> there_already(const Diagnostic& why) {
    const Words words(statement_of(why));
    if (why.sqlstate == "23505") {
        const bool inserts = words.is(0, "INSERT") || words.is(0, "WITH") || words.is(0, "COPY");
        if (!inserts && !words.is(0, "CREATE")) return std::nullopt;
        if (words.is(0, "CREATE") && why.message.find("\"pg_") == std::string::npos) return std::nullopt;  // a unique index over rows that are not
        if (words.is(0, "COPY"))
            return ThereAlready{described(why),
                                "COPY into a temporary table, then INSERT INTO " + words.at(1) + " SELECT ... ON CONFLICT DO NOTHING"};
        if (inserts) {
            const std::size_t table = words.after("INTO");
            return ThereAlready{described(why), "INSERT INTO " + (table < words.size() ? words.at(table) : "...") + " ... ON CONFLICT DO NOTHING"};
        }
    } else if (why.sqlstate == "42P16") {
        if (why.message.find("multiple primary keys") == std::string::npos) return std::nullopt;
        if (!words.is(0, "ALTER")) return std::nullopt;
        return ThereAlready{"the primary key of table \"" + quoted_in(why.message) + "\"", altered(words, why)};
    } else if (condition_of(why.sqlstate).empty()) {
        return std::nullopt;
    }

    ThereAlready out;
    const auto created = creation(words, why.sqlstate);
    if (created) out.rerunnable = created->rerunnable;
    if (words.is(0, "ALTER")) out.rerunnable = altered(words, why);
    if (words.is(0, "SELECT") && words.after("INTO") < words.size())
        out.rerunnable = "CREATE TABLE IF NOT EXISTS " + words.at(words.after("INTO")) + " AS SELECT ...";
    const auto end = why.message.find(exists);
    if (end != std::string::npos && why.sqlstate != "23505") {
        out.object = why.message.substr(0, end);
        constexpr std::string_view relation = "relation ";
        if (created && out.object.starts_with(relation)) out.object = created->kind + " " + out.object.substr(relation.size());
    } else {
        out.object = created ? created->kind + " " + created->name : "what it makes";
    }
    return out;
}

std::string hint_of_there_already(const Diagnostic& why, const Applying& applying) {
    const auto found = there_already(why);
    if (!found) return "";
    std::string out = found->object + " is there already, and the statement does not allow for that. The ways on:";
    const std::string baseline = "pgprimer baseline --step " + applying.step_id;
    const std::string take = baseline + " --unit " + applying.unit;
    const bool made_elsewhere =
        applying.first_contact && applying.is_script && (why.sqlstate == "42710" || why.sqlstate == "42P07" || why.sqlstate == "42P06");
    if (made_elsewhere)
        out += "\n- the postgres service mounts this folder too, so both run it: mount it here only, or record what that one did: " + baseline +
               " --all";
    const std::string once = "rerun = \"once\" in step \"" + applying.step_name + "\"";
    if (applying.is_script && !applying.once && applying.applied_before) out += "\n- it has run and shall not run again, changed or not: " + once;
    out += (applying.applied_before ? "\n- what it says has been done by hand: " : "\n- it was applied before pgprimer came: ") + take;
    if (applying.is_script && !applying.once && !applying.applied_before) out += "; and, so that changes of it do not run it again, " + once;
    out += "\n- it is to be one that can run again: " + (found->rerunnable.empty() ? "IF NOT EXISTS, OR REPLACE or ON CONFLICT" : found->rerunnable);
    return out;
}

}  // namespace pgprimer::steps
