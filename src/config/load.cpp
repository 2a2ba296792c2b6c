#include "pgprimer/config/load.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include "address.hpp"
#include "pgprimer/base/text.hpp"
#include "source.hpp"
#include "step.hpp"
#include "target_table.hpp"

namespace pgprimer::config {
namespace {

using Sections = std::map<std::string, std::vector<std::string>>;
// What PGPRIMER_A_B may override.
const Sections overridable{
    {"plan", {"id"}},
    {"wait", {"timeout"}},
    {"lock", {"wait"}},
    {"ledger", {"schema", "project"}},
    {"announce", {"ready_file", "notify"}},
    {"target",
     {"url", "direct_url", "host", "port", "user", "password", "password_file", "dbname", "sslmode", "create_database", "wait_for_database",
      "wait_for_role", "socket_only", "read_only", "allow_destructive"}},
};

void apply_overrides(toml::table& root, const Environment& environment, Reading& reading) {
    for (const auto& [section, keys] : overridable) {
        std::string prefix = "PGPRIMER_" + section + "_";
        std::ranges::transform(prefix, prefix.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
        for (auto it = environment.lower_bound(prefix); it != environment.end() && it->first.starts_with(prefix); ++it) {
            const std::string key = lower(it->first.substr(prefix.size()));
            if (std::ranges::find(keys, key) == keys.end()) {
                const auto near = nearest(key, keys);
                reading.fail({"environment " + it->first, 0, 0}, "there is no key \"" + printable(key) + "\" in [" + section + "]",
                             near ? "did you mean \"" + *near + "\"?" : "keys are " + join(keys, ", "));
                continue;
            }
            if (!root.contains(section)) root.insert(section, toml::table{});
            toml::table* table = root.get_as<toml::table>(section);
            if (table == nullptr) continue;  // a wrong type, said later
            // Read as it is: a ${ in it is not ours to replace.
            std::string value = it->second;
            for (auto at = value.find("${"); at != std::string::npos; at = value.find("${", at + 3)) value.insert(at, 1, '$');
            table->insert_or_assign(key, value);
            reading.override_place(table->get(key), it->first);
        }
    }
}

// The steps by which `from` needs, over others, itself; empty: it does not.
std::vector<const Step*> circle_of(const Config& config, const Step& from) {
    std::vector<const Step*> way{&from};
    std::set<const Step*> seen;
    const std::function<bool(const Step&)> leads_back = [&](const Step& step) {
        for (const auto& need : step.needs) {
            const Step* next = config.step(*need);
            if (next == &from) return true;
            if (!seen.insert(next).second) continue;
            way.push_back(next);
            if (leads_back(*next)) return true;
            way.pop_back();
        }
        return false;
    };
    return leads_back(from) ? way : std::vector<const Step*>{};
}

// Steps run in the order they stand: what is needed stands before. All names are known.
void check_needs(const Config& config, Reading& reading) {
    const std::string order = "steps run in the order they stand";
    std::set<const Step*> told;
    for (const auto& step : config.steps) {
        for (const auto& need : step.needs) {
            const Step* needed = config.step(*need);
            if (needed < &step || told.contains(&step)) continue;
            if (needed == &step) {
                reading.fail(need.place, "step \"" + step.name + "\" needs itself", "take it out of its needs");
                continue;
            }
            const auto circle = circle_of(config, step);
            if (circle.empty()) {
                reading.fail(need.place, "step \"" + step.name + "\" needs \"" + needed->name + "\", which stands after it",
                             order + ": put \"" + needed->name + "\" first");
                continue;
            }
            told.insert(circle.begin(), circle.end());
            std::string text;
            for (const Step* one : circle) text += "\"" + one->name + "\" needs ";
            reading.fail(need.place, "needs goes round in a circle: " + text + "\"" + step.name + "\"", order + ": take one of these needs out");
        }
    }
}

// Its records have to be in the ledger of the database that is emptied.
void check_invalidated(const Config& config, const Step& flush, const Located<std::string>& name, Reading& reading) {
    const Step& step = *config.step(*name);
    if (std::holds_alternative<Flush>(step.kind)) {
        reading.fail(name.place, "invalidates names step \"" + step.name + "\", which is a flush: it would empty what comes back before it",
                     "name the steps that fill the tables again");
        return;
    }
    const auto known = [&config](const Step& one) { return std::ranges::find(config.targets, one.target, &Target::name) != config.targets.end(); };
    if ((!step.target.empty() && !known(step)) || (!flush.target.empty() && !known(flush))) return;  // said elsewhere
    const Target &mine = config.target(flush.target), &its = config.target(step.target);
    if (mine.dbname.value == its.dbname.value && mine.hosts.value == its.hosts.value && mine.ports.value == its.ports.value) return;
    reading.fail(name.place,
                 "invalidates names step \"" + step.name + "\", which works on another database, \"" + its.dbname.value +
                     "\": this flush empties \"" + mine.dbname.value + "\"",
                 "name steps of the same database; one flush for each database");
}

void check_names(Config& config, Reading& reading) {
    std::map<std::string, const Step*> ids;
    std::vector<std::string> names, targets;
    for (const auto& target : config.targets) targets.push_back(target.name);
    for (const auto& step : config.steps) {
        const auto [there, is_new] = ids.try_emplace(step.id, &step);
        if (!is_new)
            reading.fail(step.place,
                         "two steps have the id \"" + step.id + "\": \"" + there->second->name + "\" (line " +
                             std::to_string(there->second->place.line) + ") and \"" + step.name + "\"",
                         "give one of them another name, or an id of its own: id = \"...\"");
        names.push_back(step.id);
        if (step.name != step.id) names.push_back(step.name);
    }
    const auto resolve = [&](Located<std::string>& name, const std::string& what) {
        if (const Step* found = config.step(*name)) {
            name.value = found->id;
            return true;
        }
        const auto near = nearest(*name, names);
        reading.fail(name.place, what + " names step \"" + printable(*name) + "\", which is not there",
                     near ? "did you mean \"" + *near + "\"?" : "steps are " + join(names, ", "));
        return false;
    };
    for (auto& step : config.steps) {
        std::erase_if(step.needs, [&resolve](auto& need) { return !resolve(need, "needs"); });
    }
    check_needs(config, reading);
    for (auto& step : config.steps) {
        if (auto* flush = std::get_if<Flush>(&step.kind)) {
            for (auto& name : flush->invalidates) {
                if (resolve(name, "invalidates")) check_invalidated(config, step, name, reading);
            }
        }
        if (!step.target.empty() && std::ranges::find(targets, step.target) == targets.end()) {
            const auto near = nearest(step.target, targets);
            reading.fail(
                step.target_place,
                "step \"" + step.name + "\" names target \"" + printable(step.target) + "\", and there is no [target." + printable(step.target) + "]",
                near && !near->empty() ? "did you mean \"" + *near + "\"?"
                                       : "leave target out for the first one, or write [target." + printable(step.target) + "]");
            continue;
        }
        if (std::holds_alternative<Flush>(step.kind) && step.enabled && !config.target(step.target).allow_destructive) {
            const std::string where = step.target.empty() ? config.targets.front().name : step.target;
            reading.fail(step.place, "step \"" + step.name + "\" empties tables, and its target does not allow that",
                         "allow_destructive = true in [target" + (where.empty() ? "" : "." + where) + "], or enabled = false for the step");
        }
    }
    for (auto& target : config.targets) {
        if (target.after) resolve(*target.after, "after");
    }
}

void read_sections(const toml::table& root, Config& config, Reading& reading) {
    Fields f(root, Fields::whole, reading);
    if (const auto* table = f.table("plan")) {
        Fields plan(*table, "[plan]", reading);
        config.plan_id = plan.plain("id").value_or("");
        plan.finish();
    }
    if (const auto* table = f.table("wait")) {
        Fields wait(*table, "[wait]", reading);
        if (const auto timeout = wait.duration("timeout")) config.wait_timeout = *timeout;
        wait.finish();
    }
    if (const auto* table = f.table("lock")) {
        Fields lock(*table, "[lock]", reading);
        if (const auto wait = lock.duration("wait")) config.lock_wait = *wait;
        lock.finish();
    }
    if (const auto* table = f.table("ledger")) {
        Fields ledger(*table, "[ledger]", reading);
        config.ledger_schema = ledger.plain("schema").value_or(config.ledger_schema);
        config.project = ledger.plain("project").value_or(config.project);
        if (config.ledger_schema.empty() || config.ledger_schema.size() > 63 || config.ledger_schema.starts_with("pg_")) {
            reading.fail(ledger.place("schema"), "[ledger] schema \"" + printable(config.ledger_schema) + "\" is no name for a schema",
                         "1 to 63 bytes, not beginning with pg_");
        }
        ledger.finish();
    }
    if (const auto* table = f.table("announce")) {
        Fields announce(*table, "[announce]", reading);
        if (const auto path = announce.plain("ready_file"); path && !path->empty()) config.announce.ready_file = (config.folder / *path).string();
        config.announce.notify = announce.plain("notify");
        announce.not_available("http");
        announce.finish();
    }
    f.known("target");
    f.not_available("runner");
    std::size_t number = 0;
    for (const auto* table : f.tables("step")) {
        if (auto step = read_step(*table, ++number, reading)) config.steps.push_back(std::move(*step));
    }
    f.finish();
}

// The parser's words, and what is behind the commonest.
void explain(const toml::parse_error& error, Reading& reading) {
    std::string text(error.description());
    if (text.starts_with("Error while ")) text.erase(0, 12);
    const auto has = [&text](const char* part) { return text.find(part) != std::string::npos; };
    std::string hint = "the file is to be TOML 1.0";
    if (has("could not determine value type"))
        hint = "text stands in quotes: name = \"value\"";
    else if (has("unescaped control characters"))
        hint = "a string ends on its line; is its closing quote missing?";
    else if (has("expected ']'"))
        hint = "a table is written [name], one of several [[name]]";
    else if (has("cannot redefine"))
        hint = "it stands twice: leave one of them out; is a [[step]] missing between?";
    Place at = reading.place(error.source());
    if (has("utf-8")) {
        text = "it is not UTF-8 here";
        hint = "save the file as UTF-8";
        ++at.column;  // the parser names the last good character
    }
    reading.fail(std::move(at), "this is not TOML: " + text, hint);
}

Result<std::optional<Target>> flagged_target(const Environment& environment, const Flags& flags) {
    std::string url = flags.database_url.value_or(""), source = flags.url_source;
    if (url.empty()) {
        const auto found = environment.find("PGPRIMER_DATABASE_URL");
        if (found == environment.end() || found->second.empty()) return std::optional<Target>{};
        url = found->second;
        source = "environment PGPRIMER_DATABASE_URL";
    }
    auto target = parse_url(url, source);
    if (!target) {
        Diagnostic why = target.error();
        why.error = flags.database_url ? Error::usage : Error::config;
        why.message = source + ": " + why.message;
        return why;
    }
    return std::optional(std::move(target).value());
}

void take_warnings(Config& config) {
    for (const auto& target : config.targets) {
        for (const auto& warning : target.warnings) {
            if (std::ranges::find(config.warnings, warning) == config.warnings.end()) config.warnings.push_back(warning);
        }
    }
}

Result<void> check_targets(Config& config, const Ranks& ranks) {
    PGPRIMER_CHECK(ranks.check(config.targets.front()));
    for (const auto& target : config.targets) {
        if (const Diagnostic* defect = target.defect()) return *defect;
    }
    return {};
}

Result<Config> load_text(SourceText source, const std::optional<Target>& flag, const Ranks& ranks, const io::Files& files,
                         const Environment& environment) {
    Config config;
    config.file = source.file;
    config.folder = source.folder;
    config.source = source.shown;
    Reading reading(source.shown, source.text, source.folder, files, environment);
    toml::table root;
    try {
        root = toml::parse(source.text, source.shown);
    } catch (const toml::parse_error& error) {
        explain(error, reading);
        return reading.failure();
    }
    if (root.empty()) {
        reading.fail({source.shown, 0, 0}, "the configuration \"" + source.shown + "\" is empty",
                     "it needs at least one [[step]]: pgprimer's README shows a plan");
        return reading.failure();
    }
    config.text = std::move(source.text);
    apply_overrides(root, environment, reading);
    const toml::node* target = root.get("target");
    if (target != nullptr && !target->is_table())
        reading.fail(reading.place(*target), "[target] is no table", "write [target] and url = \"...\" below it");
    config.targets = read_targets(target != nullptr ? target->as_table() : nullptr, flag, ranks.lower, reading, environment);
    read_sections(root, config, reading);
    check_names(config, reading);
    if (reading.failed()) return reading.failure();
    PGPRIMER_CHECK(check_targets(config, ranks));
    config.secrets = std::move(reading.secrets());
    if (config.steps.empty()) config.warnings.push_back("the configuration has no [[step]]: there is nothing to do");
    take_warnings(config);
    return config;
}

}  // namespace

Result<Config> load(const io::Files& files, const Environment& environment, const Flags& flags) {
    PGPRIMER_TRY(const auto flag, flagged_target(environment, flags));
    PGPRIMER_TRY(const auto ranks, environment_targets(files, environment));
    PGPRIMER_TRY(auto source, find_source(files, environment, flags));
    if (source) return load_text(std::move(*source), flag, ranks, files, environment);
    PGPRIMER_TRY(auto steps, conventional_steps(files));
    if (steps.empty()) {
        std::vector<std::string> there;
        for (const char* folder : {"/initdb", "/docker-entrypoint-initdb.d", "/migrations", "/hooks"}) {
            if (files.stat(folder)) there.emplace_back(folder);
        }
        return Diagnostic(
                   Error::usage,
                   "there is no configuration: neither --config, PGPRIMER_CONFIG, PGPRIMER_CONFIG_TOML, ./pgprimer.toml nor /etc/pgprimer/pgprimer.toml")
            .with_hint(there.empty() ? "and none of the folders /initdb, /docker-entrypoint-initdb.d, /migrations, /hooks that serve without one"
                                     : "and " + join(there, " and ") +
                                           " that serve without one hold nothing to run: .sql, .sql.gz, .sql.xz, .sql.zst, or executables in /hooks");
    }
    // The folders and the environment alone: as if an empty file were there.
    Config config;
    config.folder = "/";
    config.source = "conventions";
    Reading reading(config.source, "", config.folder, files, environment);
    toml::table root;
    apply_overrides(root, environment, reading);
    config.targets = read_targets(root.get_as<toml::table>("target"), flag, ranks.lower, reading, environment);
    read_sections(root, config, reading);
    config.steps = std::move(steps);
    check_names(config, reading);
    if (reading.failed()) return reading.failure();
    PGPRIMER_CHECK(check_targets(config, ranks));
    config.secrets = std::move(reading.secrets());
    take_warnings(config);
    return config;
}

Result<Target> load_target(const io::Files& files, const Environment& environment, const Flags& flags) {
    PGPRIMER_TRY(const auto flag, flagged_target(environment, flags));
    PGPRIMER_TRY(const auto ranks, environment_targets(files, environment));
    Target target = flag.value_or(Target{});
    complete(target, ranks.lower, files, environment);
    PGPRIMER_CHECK(ranks.check(target));
    return target;
}

}  // namespace pgprimer::config
