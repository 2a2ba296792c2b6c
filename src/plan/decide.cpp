#include "pgprimer/plan/decide.hpp"

#include "rules.hpp"

namespace pgprimer::plan {
namespace {

Action make(const config::Step& step, const Unit& unit, std::size_t index, What what, std::string why, bool warn = false) {
    return {{step.id, "", unit.name}, what, std::move(why), index, warn};
}

Result<std::vector<Action>> decide_sql(const config::Step& step, const config::Sql& kind, const Facts& facts) {
    std::vector<Action> out;
    out.reserve(facts.units->size());
    std::unordered_map<std::string_view, const Record*> records;
    for (const Record& record : *facts.records) records.emplace(record.key.unit, &record);
    for (std::size_t i = 0; i < facts.units->size(); ++i) {
        const Unit& unit = (*facts.units)[i];
        const auto found = records.find(unit.name);
        const Record* record = found == records.end() ? nullptr : found->second;
        if (record == nullptr) {
            out.push_back(make(step, unit, i, What::apply, "new"));
        } else if (!counts_as_applied(record->state)) {
            PGPRIMER_TRY(auto action, unfinished(step, unit.name, unit.shown, *record, facts.forced));
            action.unit = i;
            out.push_back(std::move(action));
        } else if (facts.forced) {
            out.push_back(make(step, unit, i, What::again, "forced"));
        } else if (kind.rerun == config::Rerun::always) {
            out.push_back(make(step, unit, i, What::again, "rerun = \"always\""));
        } else if (same_checksum(*record, unit.checksum)) {
            out.push_back(make(step, unit, i, What::skip, "unchanged since " + record->applied_at));
        } else if (kind.rerun == config::Rerun::once) {
            out.push_back(
                make(step, unit, i, What::skip, unit.name + " changed since it ran, " + record->applied_at + "; rerun = \"once\" leaves it", true));
        } else {
            out.push_back(make(step, unit, i, What::again, "its content changed since " + record->applied_at));
        }
    }
    return out;
}

// A hook or a flush: one unit with a fingerprint; an empty one never matches.
std::vector<Action> decide_one(const config::Step& step, const Facts& facts, const std::string& fingerprint, const char* same, const char* other,
                               const char* none) {
    const Unit& unit = facts.units->at(0);
    const Record* record = find(*facts.records, unit.name);
    if (facts.forced) return {make(step, unit, 0, record == nullptr ? What::apply : What::again, "forced")};
    if (record == nullptr) return {make(step, unit, 0, What::apply, fingerprint.empty() ? none : "has not run yet")};
    if (record->state != State::done && record->state != State::baseline) return {make(step, unit, 0, What::again, "failed last time")};
    if (fingerprint.empty()) return {make(step, unit, 0, What::again, none)};
    if (same_checksum(*record, fingerprint)) return {make(step, unit, 0, What::skip, same)};
    return {make(step, unit, 0, What::again, other)};
}

}  // namespace

Result<std::vector<Action>> decide(const config::Step& step, const Facts& facts) {
    if (const auto* sql = std::get_if<config::Sql>(&step.kind)) return decide_sql(step, *sql, facts);
    if (const auto* migrations = std::get_if<config::Migrations>(&step.kind)) return decide_migrations(step, *migrations, facts);
    if (const auto* hook = std::get_if<config::Exec>(&step.kind)) {
        const char* other = hook->inputs_sql.empty() ? "inputs changed" : "inputs or the rows of inputs_sql changed";
        return decide_one(step, facts, facts.units->at(0).checksum, "inputs unchanged", other, "no inputs: runs every time");
    }
    if (std::holds_alternative<config::Flush>(step.kind)) {
        return decide_one(step, facts, facts.plan_id, "already done for this plan", "not yet done for this plan", "not yet done for this plan");
    }
    return std::vector<Action>{{{step.id, "", config::kind_name(step.kind)}, What::apply, "looks itself", 0, false}};
}

}  // namespace pgprimer::plan
