#include <algorithm>
#include <unordered_set>

#include "pgprimer/plan/repair.hpp"
#include "rules.hpp"

namespace pgprimer::plan {
namespace {

using config::Policy;
using migration::Version;

// Findings that a key says are errors, told all at once.
class Findings {
public:
    explicit Findings(const config::Step& step) : step_(step) {}

    void add(std::string message, std::string hint, const std::string& file) {
        Diagnostic found(Error::disagreement, std::move(message));
        found.hint = std::move(hint);
        found.step = step_.name;
        found.place.file = file;
        if (file.empty()) found.place = step_.place;
        found_.push_back(std::move(found));
    }
    void add(Diagnostic found) { found_.push_back(std::move(found)); }
    [[nodiscard]] bool any() const { return !found_.empty(); }
    [[nodiscard]] Diagnostic all() {
        Diagnostic first = std::move(found_.front());
        first.more.insert(first.more.end(), std::make_move_iterator(found_.begin() + 1), std::make_move_iterator(found_.end()));
        return first;
    }

private:
    const config::Step& step_;
    std::vector<Diagnostic> found_;
};

Action make(const config::Step& step, const std::string& unit, std::size_t index, What what, std::string why, bool warn = false) {
    return {{step.id, "", unit}, what, std::move(why), index, warn};
}

// The record's version as the dialects order it: its numeric parts. A repeatable's name has none.
Version version_of(const Record& record) {
    Version out;
    out.id = record.key.unit;
    if (out.id.empty() || !std::ranges::all_of(out.id, [](char c) { return (c >= '0' && c <= '9') || c == '.' || c == '_'; })) {
        out.repeatable = true;
        return out;
    }
    std::string part;
    for (const char c : out.id + ".") {
        if (c == '.' || c == '_') {
            if (!part.empty()) out.order.push_back(part);
            part.clear();
        } else {
            part += c;
        }
    }
    return out;
}

}  // namespace

std::unordered_map<std::string, const Record*> by_version(const std::vector<Record>& records) {
    std::unordered_map<std::string, const Record*> out;
    for (const Record& record : records) {
        const auto [there, added] = out.emplace(migration::same_key(version_of(record)), &record);
        if (!added && counts_as_applied(record.state)) there->second = &record;
    }
    return out;
}

Result<std::vector<Action>> decide_migrations(const config::Step& step, const config::Migrations& kind, const Facts& facts) {
    std::vector<Action> out;
    out.reserve(facts.versions->size());
    Findings findings(step);
    const auto records = by_version(*facts.records);
    const auto recorded = [&records](const Version& version) {
        const auto found = records.find(migration::same_key(version));
        return found == records.end() ? nullptr : found->second;
    };
    std::unordered_set<std::string> versions;  // asked for by records
    const Version* highest_file = nullptr;
    const Version* highest_applied = nullptr;
    for (const auto& version : *facts.versions) {
        if (!records.empty()) versions.insert(migration::same_key(version));
        if (version.repeatable) continue;
        if (highest_file == nullptr || migration::before(*highest_file, version)) highest_file = &version;
        const Record* record = recorded(version);
        const bool applied = record != nullptr && counts_as_applied(record->state);
        if (applied && (highest_applied == nullptr || migration::before(*highest_applied, version))) highest_applied = &version;
    }
    for (std::size_t i = 0; i < facts.versions->size(); ++i) {
        const Version& version = (*facts.versions)[i];
        const std::string& file = version.up.name;
        const Record* record = recorded(version);
        const std::string& unit = record != nullptr ? record->key.unit : version.id;
        if (record != nullptr && counts_as_applied(record->state)) {
            if (same_checksum(*record, version.checksum)) {
                out.push_back(make(step, unit, i, What::skip, "unchanged since " + record->applied_at));
            } else if (version.repeatable) {
                out.push_back(make(step, unit, i, What::again, "its content changed since " + record->applied_at));
            } else if (kind.changed == Policy::error) {
                findings.add("migration " + version.up.name + " was changed after it was applied, " + record->applied_at,
                             "restore the file and write a new migration; or accept what it is now: " + repair_command(Mend::accept, record->key) +
                                 "; or go on whatever changes: changed = \"warn\" or \"ignore\" for this step",
                             file);
            } else {
                out.push_back(make(step, unit, i, What::skip,
                                   "migration " + version.up.name + " was changed after it was applied, " + record->applied_at,
                                   kind.changed == Policy::warn));
            }
            continue;
        }
        if (record != nullptr) {
            auto action = unfinished(step, unit, file, *record, facts.forced);
            if (!action) {
                findings.add(action.error());
                continue;
            }
            action->unit = i;
            out.push_back(*action);
            continue;
        }
        const bool late = !version.repeatable && highest_applied != nullptr && migration::before(version, *highest_applied);
        if (!late) {
            out.push_back(make(step, unit, i, What::apply, "new"));
            continue;
        }
        const std::string what =
            "migration " + version.up.name + " is older than " + highest_applied->up.name + ", which is applied, and was never applied itself";
        if (kind.out_of_order == Policy::apply)
            out.push_back(make(step, unit, i, What::apply, "new, out of order"));
        else if (kind.out_of_order != Policy::error)
            out.push_back(make(step, unit, i, What::skip, what + ": left out", kind.out_of_order == Policy::warn));
        else
            findings.add(
                what,
                "give it a higher number; or set out_of_order = \"apply\" (\"warn\", \"ignore\" leave it out); or, where what it does is there already: pgprimer baseline " +
                    called({step.id, "", version.id}),
                file);
    }
    for (const Record& record : *facts.records) {
        const Version was = version_of(record);
        if (versions.contains(migration::same_key(was)) || !counts_as_applied(record.state)) continue;
        const bool ahead = !was.repeatable && (highest_file == nullptr || migration::before(*highest_file, was));
        const Policy policy = ahead ? kind.ahead : kind.missing;
        const std::string what =
            ahead ? "the ledger is ahead of the files: version " + record.key.unit + ", applied " + record.applied_at + ", is newer than all of them"
                  : "the file of version " + record.key.unit + ", applied " + record.applied_at + ", is gone";
        if (policy == Policy::error) {
            findings.add(what,
                         (ahead ? "use the newer files; or go on with ahead" : "restore the file; or go on with missing") +
                             std::string(" = \"warn\" or \"ignore\" for this step; or forget it: ") + repair_command(Mend::forget, record.key),
                         "");
        } else {
            out.push_back({record.key, What::skip, what, 0, policy == Policy::warn});
        }
    }
    if (findings.any()) return findings.all();
    return out;
}

}  // namespace pgprimer::plan
