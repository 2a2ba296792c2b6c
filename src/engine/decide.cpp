// What a round finds out before it acts.
#include <algorithm>

#include "pgprimer/base/text.hpp"
#include "pgprimer/io/digest.hpp"
#include "pgprimer/io/files.hpp"
#include "pgprimer/steps/catalog.hpp"
#include "pgprimer/steps/ensure.hpp"
#include "pgprimer/steps/expect.hpp"
#include "round.hpp"

namespace pgprimer::engine {
namespace {

void publish_unchanged(event::Bus& bus, const config::Step& step, std::size_t units, const std::string& why) {
    bus.publish(event::StepFinished{step.id,
                                    step.name,
                                    config::kind_name(step.kind),
                                    step.enabled ? event::Outcome::unchanged : event::Outcome::disabled,
                                    0,
                                    units,
                                    {},
                                    why,
                                    false});
}

}  // namespace

bool Round::is_wanted(const config::Step& step) const { return request_.only.empty() || request_.only.contains(step.id) || again_.contains(step.id); }

// Without lock: the final row is this plan's, every step's digest is the recorded one, its schema the same, and what looks itself finds nothing.
Task<Result<std::optional<std::string>>> Round::nothing_to_do() {
    const std::optional<std::string> something;
    if (!request_.only.empty() || !request_.force.empty()) co_return something;
    for (auto& site : sites_) {
        if (!site->session || !site->snapshot.exists || site->snapshot.restored || !site->snapshot.primed) co_return something;
    }
    std::map<std::string, std::string> digests;
    for (const auto& step : config_.steps) {
        if (step.enabled && steps::acts_always(step)) co_return something;
        const ledger::StepRow* recorded = site_of(step).snapshot.step(step.id);
        std::string& digest = digests[step.id];
        if (!step.enabled) continue;
        PGPRIMER_CO_TRY(digest, looks_.digest(step, recorded));
    }
    const std::string plan = plan_id_of(digests);
    for (auto& site : sites_) {
        if (site->snapshot.primed->plan != plan) co_return something;
    }
    std::set<const Site*> prepared;
    for (const auto& step : config_.steps) {
        if (!step.enabled || steps::looks_itself(step)) continue;
        const ledger::StepRow* recorded = site_of(step).snapshot.step(step.id);
        if (recorded == nullptr || recorded->schema_oid != recorded->schema_oid_now || recorded->applied < recorded->units) co_return something;
        std::string digest = digests[step.id];
        if (steps::reads_rows(step)) {
            PGPRIMER_CO_TRY(const bool same_eyes, co_await see_as(step, prepared));
            if (!same_eyes) co_return something;
            pg::Connection& session = *site_of(step).session;
            const auto fingerprint = co_await hook_fingerprint(step, session);
            if (step.set_role) PGPRIMER_CO_CHECK(co_await session.query("RESET ROLE", working()));  // the lock may be taken in this session
            if (!fingerprint) co_return something;
            digest = *fingerprint;
        }
        if (std::holds_alternative<config::Flush>(step.kind)) digest = plan;
        if (recorded->digest != digest) co_return something;
    }
    for (const auto& step : config_.steps) {
        if (!step.enabled || !steps::looks_itself(step)) continue;
        Site& site = site_of(step);
        PGPRIMER_CO_TRY(const bool same_eyes, co_await see_as(step, prepared));
        if (!same_eyes) co_return something;
        bool nothing = true;
        if (const auto* ensure = std::get_if<config::Ensure>(&step.kind)) {
            PGPRIMER_CO_TRY(const auto changes, co_await steps::look_ensure(*site.session, *ensure, working()));
            nothing = changes.empty();
        } else if (const auto* expect = std::get_if<config::Expect>(&step.kind)) {
            steps::Blame nobody = [](const std::string&, const std::string&) { return std::string(); };
            PGPRIMER_CO_TRY(const auto missing, co_await steps::look_expect(*site.session, *expect, nobody, working()));
            nothing = missing.empty();
        }
        if (step.set_role) PGPRIMER_CO_CHECK(co_await site.session->query("RESET ROLE", working()));  // the lock may be taken in this session
        if (!nothing) co_return something;
    }
    for (const auto& step : config_.steps) {
        const ledger::StepRow* recorded = site_of(step).snapshot.step(step.id);
        const std::string why = !step.enabled               ? "enabled = false"
                                : steps::looks_itself(step) ? "looked, nothing to do"
                                : recorded != nullptr       ? "unchanged since " + recorded->at.substr(0, 19)
                                                            : "";
        publish_unchanged(*world_.bus, step, recorded != nullptr ? recorded->units : 0, why);
    }
    co_await note_signatures();
    co_return std::optional(plan);
}

// Files that were too young to trust their stats when they were recorded, or were copied since, need not be read again by every run. Best effort.
Task<void> Round::note_signatures() {
    const ledger::Identity identity{config_.ledger_schema, config_.project};
    for (auto& site : sites_) {
        std::string sql;
        for (const auto& recorded : site->snapshot.steps) {
            const std::string signature = looks_.newer_signature(recorded.step, recorded);
            if (!signature.empty()) sql += ledger::signature_sql(identity, recorded.step, recorded.digest, signature) + "; ";
        }
        if (sql.empty()) continue;
        [[maybe_unused]] const auto noted = co_await site->session->query(std::move(sql), working().cleanup());
    }
}

Task<Result<bool>> Round::see_as(const config::Step& step, std::set<const Site*>& prepared) {
    Site& site = site_of(step);
    const config::Target& target = config_.target(step.target);
    if (target.user.value != site.session->address().user) co_return false;
    const bool own_settings = !step.search_path.empty() || !target.search_path.empty() || step.set_role;
    if (!own_settings && !prepared.contains(&site)) co_return true;
    prepared.insert(&site);
    const Result<void> done = co_await steps::prepare_as_role(*site.session, step, context(site), working());
    co_return done.has_value();
}

Task<Result<std::string>> Round::hook_fingerprint(const config::Step& step, pg::Connection& session) {
    const auto& kind = std::get<config::Exec>(step.kind);
    const steps::Looked& looked = looks_.at(step.id);
    if (kind.inputs_sql.empty()) co_return steps::acts_always(step) ? std::string() : looked.digest;
    io::Digest digest;
    digest.field(looked.digest);
    for (const auto& query : kind.inputs_sql) {
        auto rows = co_await session.query(query, working());
        if (!rows) {
            Diagnostic why = rows.error();
            if (why.error != Error::failed) co_return why;
            digest.field("error " + why.sqlstate);  // a table that the hook itself makes
            continue;
        }
        for (int i = 0; i < rows->size(); ++i) {
            for (int column = 0; column < rows->columns(); ++column)
                digest.field(rows->is_null(i, column) ? "null" : "v" + std::string(rows->at(i, column)));
        }
        digest.field("end");
    }
    co_return digest.hex();
}

Result<std::vector<plan::Action>> Round::decide(const config::Step& step, Site& site, const std::string& fingerprint) {
    const steps::Looked& looked = looks_.at(step.id);
    plan::Facts facts;
    facts.units = plan::Many<plan::Unit>::of(looked.units);
    if (!fingerprint.empty()) {
        auto units = looked.units;
        units.front().checksum = fingerprint;
        facts.units = std::move(units);
    }
    facts.versions = plan::Many<migration::Version>::of(looked.versions);
    facts.records = plan::Many<plan::Record>::of(site.snapshot.records(step.id));
    facts.forced = request_.force.contains(step.id);
    facts.plan_id = plan_id();
    auto actions = plan::decide(step, facts);
    if (!actions && actions.error().step.empty()) {
        Diagnostic why = actions.error();
        why.step = step.name;
        return why;
    }
    return actions;
}

// Its files are all recorded, but under the id of a step that is no longer there.
Result<void> Round::check_renames(const config::Step& step, const Site& site) const {
    if (!(std::holds_alternative<config::Sql>(step.kind) || std::holds_alternative<config::Migrations>(step.kind))) return {};
    if (!site.snapshot.records(step.id).empty()) return {};
    std::set<std::string> vanished;
    for (const auto& [id, records] : site.snapshot.units) {
        if (config_.step(id) == nullptr && !records.empty()) vanished.insert(id);
    }
    if (vanished.empty()) return {};
    const steps::Looked& looked = looks_.at(step.id);
    std::map<std::string, std::string> now;
    for (const auto& unit : looked.units) now[unit.name] = unit.checksum;
    for (const auto& version : looked.versions) now[version.id] = version.checksum;
    if (now.empty()) return {};
    for (const auto& old : vanished) {
        const auto& records = site.snapshot.records(old);
        const bool all = std::ranges::all_of(now, [&records](const auto& unit) {
            return std::ranges::any_of(records, [&unit](const plan::Record& r) {
                return r.key.unit == unit.first && r.checksum == unit.second && counts_as_applied(r.state);
            });
        });
        // With files that are new besides.
        const bool and_more = std::ranges::all_of(records, [&now](const plan::Record& r) {
            const auto file = now.find(r.key.unit);
            return file != now.end() && file->second == r.checksum && counts_as_applied(r.state);
        });
        if (all || and_more) {
            Diagnostic renamed(Error::disagreement, std::string(all ? "all files" : "files") + " of step \"" + step.name +
                                                        "\" are recorded under a step that is not in the configuration any more: \"" + old + "\"");
            renamed.place = step.place;
            renamed.step = step.name;
            return renamed.with_hint("if it was renamed: pgprimer repair --rename " + shell_word(old) + " " + shell_word(step.id) +
                                     "; or keep its key: id = \"" + old +
                                     "\"; if they are to run again under the new one: pgprimer repair --forget --step " + shell_word(old) + " --all");
        }
    }
    return {};
}

namespace {

// Names in quotes are words as well, whatever is in them.
std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> out;
    std::string word;
    bool quoted = false;
    const std::string line = lower(text) + " ";
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        const bool doubled = quoted && c == '"' && line[i + 1] == '"';
        if (c == '"' && !doubled) quoted = !quoted;
        const bool is_part = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || static_cast<unsigned char>(c) >= 0x80;
        if (doubled) ++i;
        if (doubled || (quoted ? c != '"' : is_part))
            word += c;
        else if (!word.empty())
            out.push_back(std::exchange(word, ""));
    }
    return out;
}

// The words that stand before the name of a thing of this kind where it is made.
const std::map<std::string, std::set<std::string>> makers{{"relation", {"table", "view", "index", "sequence"}},
                                                          {"column", {"column"}},
                                                          {"role", {"role", "user"}},
                                                          {"schema", {"schema"}},
                                                          {"extension", {"extension"}}};

bool makes(std::string_view line, const std::set<std::string>& kinds, const std::string& name) {
    const auto words = words_of(line);
    const auto verb = std::ranges::find_if(words, [](const auto& word) { return word == "create" || word == "add"; });
    const auto kind = std::find_if(verb, words.end(), [&kinds](const auto& word) { return kinds.contains(word); });
    return std::find(kind, words.end(), name) != words.end();
}

bool ensures(const config::Ensure& ensure, const std::string& kind, const std::string& name) {
    const auto named = [&name](const auto& things) { return std::ranges::any_of(things, [&name](const auto& thing) { return thing.name == name; }); };
    return (kind == "role" && named(ensure.roles)) || (kind == "schema" && named(ensure.schemas)) ||
           (kind == "extension" && named(ensure.extensions));
}

}  // namespace

// Which step, script or migration makes the thing: for expectations that do not hold.
std::string Round::blame(const std::string& kind, const std::string& name) const {
    const auto known = makers.find(kind);
    if (known == makers.end()) return "";
    std::string last = lower(name);
    if (kind == "relation" || kind == "column") {
        if (const auto parts = steps::parse_parts(name)) last = lower(parts->back());
    }
    const auto makes_it = [this, &last, &known](const io::fs::path& path) {
        const auto content = io::read_all(*world_.files, path, 4U << 20U);
        return content && std::ranges::any_of(split(*content, '\n'), [&](const auto& line) { return makes(line, known->second, last); });
    };
    for (const auto& step : config_.steps) {
        if (const auto* ensure = std::get_if<config::Ensure>(&step.kind); ensure != nullptr && ensures(*ensure, kind, name))
            return "step \"" + step.name + "\"";
        const steps::Looked& looked = looks_.at(step.id);
        for (const auto& script : looked.scripts) {
            if (makes_it(script.path)) return script.name + " of step \"" + step.name + "\"";
        }
        for (const auto& version : looked.versions) {
            if (makes_it(version.up.path)) return "migration " + version.up.name + " of step \"" + step.name + "\"";
        }
    }
    return "";
}

}  // namespace pgprimer::engine
