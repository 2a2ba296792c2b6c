#include "step.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "pgprimer/base/text.hpp"

namespace pgprimer::config {
namespace {

constexpr std::array<const char*, 6> kinds{"sql", "migrations", "exec", "ensure", "expect", "flush"};
// Which kind has which keys of its own.
const std::map<std::string, std::vector<const char*>> own_keys{
    {"sql", {"rerun", "transaction", "variables", "programs"}},
    {"migrations", {"dialect", "changed", "missing", "out_of_order", "ahead", "transaction", "placeholders"}},
    {"exec", {"env", "cwd", "inputs", "inputs_sql"}},
};

// A list that names nothing is a slip, not a plan.
void want_some(const std::vector<Located<std::string>>& list, const Fields& f, const char* key, const char* what, const char* example,
               Reading& reading) {
    if (list.empty() && !reading.failed_at(f.place(key))) reading.fail(f.place(key), std::string(key) + " names no " + what, example);
    for (const auto& one : list) {
        if (one.value.empty()) reading.fail(one.place, std::string("an element of ") + key + " is empty; it is to name a " + what, example);
    }
}

Sql read_sql(Fields& f, Reading& reading) {
    Sql out;
    out.patterns = f.texts("sql").value_or(std::vector<Located<std::string>>{});
    want_some(out.patterns, f, "sql", "file", "sql = [\"initdb/*.sql\"]", reading);
    if (const auto i = f.word("rerun", {"once", "changed", "always"})) out.rerun = static_cast<Rerun>(*i);
    if (const auto i = f.word("transaction", {"automatic", "whole", "stepwise"})) out.transaction = static_cast<TransactionMode>(*i);
    out.variables = f.plain_map("variables");
    for (const auto& [name, value] : out.variables) {
        const auto is_part = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c >= 0x80U; };
        if (name.empty() || !std::ranges::all_of(name, is_part))
            reading.fail(f.place("variables"), "\"" + printable(name) + "\" is no name of a psql variable", "letters, digits and underscores");
    }
    out.programs = f.boolean("programs").value_or(false);
    return out;
}

Migrations read_migrations(Fields& f, Reading& reading) {
    Migrations out;
    out.folders = f.texts("migrations").value_or(std::vector<Located<std::string>>{});
    want_some(out.folders, f, "migrations", "folder", "migrations = \"migrations\"", reading);
    out.dialect = f.text("dialect");
    const auto policy = [&f](const char* key, Policy& value, bool may_apply) {
        std::vector<std::string> words{"error", "warn", "ignore"};
        if (may_apply) words.emplace_back("apply");
        if (const auto i = f.word(key, words)) value = static_cast<Policy>(*i);
    };
    policy("changed", out.changed, false);
    policy("missing", out.missing, false);
    policy("out_of_order", out.out_of_order, true);
    policy("ahead", out.ahead, false);
    if (const auto i = f.word("transaction", {"automatic", "whole", "stepwise"})) out.transaction = static_cast<TransactionMode>(*i);
    out.placeholders = f.plain_map("placeholders");
    return out;
}

Exec read_exec(Fields& f, Reading& reading) {
    Exec out;
    out.place = f.place("exec");
    const auto argv = f.texts("exec", false);
    if (argv) {
        for (const auto& argument : *argv) out.argv.push_back(*argument);
        if (out.argv.empty() || out.argv.front().empty()) reading.fail(out.place, "exec names no program", "exec = [\"program\", \"argument\"]");
    }
    out.env = f.plain_map("env");
    out.cwd = f.plain("cwd");
    out.inputs = f.texts("inputs");
    out.inputs_sql = f.plain_texts("inputs_sql");
    return out;
}

Expect read_expect(const toml::table& table, Reading& reading) {
    Fields f(table, "expect", reading);
    Expect out;
    const auto list = [&f](const char* key) { return f.texts(key).value_or(std::vector<Located<std::string>>{}); };
    out.relations = list("relations");
    out.columns = list("columns");
    out.extensions = list("extensions");
    out.roles = list("roles");
    out.schemas = list("schemas");
    for (auto& [name, value] : f.map("settings")) out.settings.emplace_back(name, std::move(value));
    out.queries = list("queries");
    f.finish();
    return out;
}

Flush read_flush(const toml::table& table, Reading& reading) {
    Fields f(table, "flush", reading);
    Flush out;
    out.place = f.place();
    out.keep = f.plain_texts("keep");
    out.invalidates = f.texts("invalidates").value_or(std::vector<Located<std::string>>{});
    f.finish();
    return out;
}

Kind read_kind(const std::string& kind, Fields& f, Reading& reading) {
    if (kind == "sql") return read_sql(f, reading);
    if (kind == "migrations") return read_migrations(f, reading);
    if (kind == "exec") return read_exec(f, reading);
    const toml::table* table = f.table(kind.c_str());
    if (kind == "ensure") return table != nullptr ? read_ensure(*table, reading) : Ensure{};
    if (kind == "expect") return table != nullptr ? read_expect(*table, reading) : Expect{};
    return table != nullptr ? read_flush(*table, reading) : Flush{};
}

// The step's kind: exactly one key tells it.
std::optional<std::string> find_kind(const Fields& f, const std::string& name, Reading& reading) {
    std::vector<std::string> found;
    for (const char* kind : kinds) {
        if (f.has(kind)) found.emplace_back(kind);
    }
    if (found.size() == 1) return found.front();
    if (f.has("snapshot")) return std::nullopt;  // said elsewhere
    const std::string all = "sql, migrations, exec, ensure, expect, flush";
    const auto count = std::to_string(found.size());
    if (found.empty())
        reading.fail(f.place(), "step " + name + " does nothing: it needs exactly one of " + all, "sql = [\"initdb/*.sql\"], for one");
    else
        reading.fail(
            f.place(found[1].c_str()),
            "step " + name + " has " + (found.size() == 2 ? "two" : count) + " kinds, " + join(found, " and ") + "; it needs exactly one of " + all,
            "make " + (found.size() == 2 ? "two" : count) + " steps of it");
    return std::nullopt;
}

}  // namespace

std::optional<Step> read_step(const toml::table& table, std::size_t number, Reading& reading) {
    Fields f(table, "[[step]]", reading);
    Step step;
    step.place = f.place();
    step.name = f.plain("name").value_or("");
    if (auto id = f.text("id")) {
        if (id->value.empty()) reading.fail(id->place, "the id is empty", "leave it out: it is made of the name");
        step.id = **id;
    }
    if (step.id.empty()) step.id = slug(step.name);
    if (step.name.empty()) step.name = step.id;
    const std::string shown = step.name.empty() ? "number " + std::to_string(number) : "\"" + step.name + "\"";
    if (step.id.empty()) reading.fail(step.place, "step " + shown + " has no name", "name = \"what it does\": the ledger's key is made of it");
    step.describe = f.plain("describe").value_or("");
    if (auto target = f.text("target")) {
        step.target = **target;
        step.target_place = target->place;
    }
    step.enabled = f.boolean("enabled").value_or(true);
    step.needs = f.texts("needs").value_or(std::vector<Located<std::string>>{});
    if (const auto i = f.word("on_failure", {"stop", "continue"})) step.on_failure = static_cast<OnFailure>(*i);
    step.retries = static_cast<int>(f.integer("retries", 0, 1000).value_or(0));
    step.timeout = f.duration("timeout");
    step.lock_timeout = f.duration("lock_timeout");
    step.statement_timeout = f.duration("statement_timeout");
    step.search_path = f.plain_texts("search_path");
    step.set_role = f.plain("set_role");
    for (const char* later : {"snapshot", "runner", "for_each", "parallel", "keep_theirs"}) f.not_available(later);
    const auto kind = find_kind(f, shown, reading);
    if (kind) step.kind = read_kind(*kind, f, reading);
    for (const char* other : kinds) f.known(other);
    for (const auto& [owner, keys] : own_keys) {
        for (const char* key : keys) {
            if (!f.has(key)) continue;
            const auto& mine = kind && own_keys.contains(*kind) ? own_keys.at(*kind) : std::vector<const char*>{};
            const bool is_mine = std::find_if(mine.begin(), mine.end(), [key](const char* k) { return std::string_view(k) == key; }) != mine.end();
            if (kind && !is_mine)
                reading.fail(f.place(key), std::string(key) + " is a key of " + owner + " steps, and step " + shown + " is " + *kind, "take it out");
            f.known(key);
        }
    }
    f.finish();
    if (!kind) return std::nullopt;
    return step;
}

}  // namespace pgprimer::config
