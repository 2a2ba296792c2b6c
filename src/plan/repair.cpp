#include "pgprimer/plan/repair.hpp"

#include <algorithm>

#include "pgprimer/base/text.hpp"
#include "rules.hpp"

namespace pgprimer::plan {
namespace {

// A unit's file as it is now.
struct File {
    std::string shown, checksum;
};

std::optional<File> file_of(const Record& record, const Facts& facts) {
    for (const auto& unit : *facts.units) {
        if (unit.name == record.key.unit) return File{unit.shown, unit.checksum};
    }
    const auto named = by_version({record});
    for (const auto& version : *facts.versions) {
        if (named.contains(migration::same_key(version))) return File{version.up.name, version.checksum};
    }
    return std::nullopt;
}

// By its name in the ledger, its file's name, or a version however it is written.
const Record* called_so(const std::string& name, const Facts& facts) {
    if (const Record* record = find(*facts.records, name)) return record;
    for (const auto& record : *facts.records) {
        const auto file = file_of(record, facts);
        if (file && file->shown == name) return &record;
    }
    for (const auto& version : *facts.versions) {
        if (!migration::is_called(version, name)) continue;
        const auto records = by_version(*facts.records);
        const auto found = records.find(migration::same_key(version));
        if (found != records.end()) return find(*facts.records, found->second->key.unit);
    }
    return nullptr;
}

std::string state_of(const Record& record) {
    switch (record.state) {
        case State::done: return "it was applied, " + record.applied_at;
        case State::baseline: return "it is recorded as applied, " + record.applied_at;
        case State::failed: return "it failed, " + record.applied_at + ": the next run runs it again";
        case State::partial:
            return record.statement == 0 ? "it was interrupted before its first statement was done: the next run runs it"
                                         : "it was interrupted after " + statement_of(record) + ": the next run goes on there";
        case State::started: return statement_of(record) + " of it was begun and its end was never recorded";
    }
    return "";
}

// What becomes of one record; nullopt with `why_not` where this does not apply.
std::optional<Change> change_of(Mend mend, const Record& record, const Facts& facts, std::string& why_not) {
    Change change{record, record, ""};
    Record& becomes = *change.becomes;
    const auto file = file_of(record, facts);
    const bool unfinished = record.state == State::started || record.state == State::partial;
    switch (mend) {
        case Mend::mark_done:
        case Mend::mark_not_done:
            if (record.state != State::started) {
                why_not =
                    state_of(record) + (record.state == State::failed ? "; where all of it is there: pgprimer baseline " + called(record.key) : "");
                return std::nullopt;
            }
            becomes.state = State::partial;
            if (mend == Mend::mark_done) {
                becomes.prefix = prefix_with(record);
                change.text = statement_of(record) + " took effect: the next run goes on after it";
                return change;
            }
            becomes.prefix = prefix_before(record);
            becomes.statement -= 1;
            becomes.line = 0;
            becomes.verb.clear();
            change.text = statement_of(record) + " had no effect and left nothing: the next run executes it again and goes on";
            return change;
        case Mend::start_over:
            change.text = state_of(record) + "; its row is deleted: the next run runs it from its beginning";
            change.becomes.reset();
            if (counts_as_applied(record.state) && !file) {
                why_not = state_of(record) + ", and its file is gone: --forget deletes its row";
                return std::nullopt;
            }
            return change;
        case Mend::accept:
            if (!file) {
                why_not = "its file is gone: --forget deletes its row";
                return std::nullopt;
            }
            if (unfinished) {
                if (record.prefix.find_first_not_of(' ') == std::string::npos && record.statement > 0) {
                    why_not = "what stands before " + statement_of(record) + " is accepted already";
                    return std::nullopt;
                }
                becomes.prefix = record.state == State::started ? " " : "";
                change.text = "what stands in " + file->shown + " up to " + statement_of(record) + " is accepted as it is now";
                return change;
            }
            if (!counts_as_applied(record.state)) {
                why_not = state_of(record);
                return std::nullopt;
            }
            if (same_checksum(record, file->checksum)) {
                why_not = "its file is as it was applied";
                return std::nullopt;
            }
            becomes.checksum = file->checksum;
            becomes.error.clear();
            change.text = file->shown + " as it is now is what was applied, " + record.applied_at + " (checksum " + record.checksum.substr(0, 12) +
                          " becomes " + file->checksum.substr(0, 12) + ")";
            return change;
        case Mend::forget:
            if (file) {
                why_not = "its file is there, " + file->shown + ": --start-over deletes its row, so that it runs again";
                return std::nullopt;
            }
            change.becomes.reset();
            change.text = state_of(record) + ", and its file is gone; its row is deleted";
            return change;
    }
    return std::nullopt;
}

// What --all of this is about.
bool is_meant(Mend mend, const Record& record) {
    if (mend == Mend::mark_done || mend == Mend::mark_not_done) return record.state == State::started;
    if (mend == Mend::start_over) return !counts_as_applied(record.state);
    return counts_as_applied(record.state);
}

}  // namespace

const char* to_string(Mend mend) {
    switch (mend) {
        case Mend::mark_done: return "--mark-done";
        case Mend::mark_not_done: return "--mark-not-done";
        case Mend::start_over: return "--start-over";
        case Mend::accept: return "--accept";
        case Mend::forget: return "--forget";
    }
    return "";
}

std::string called(const Key& key) { return "--step " + shell_word(key.step) + (key.unit.empty() ? "" : " --unit " + shell_word(key.unit)); }

std::string repair_command(Mend mend, const Key& key) { return std::string("pgprimer repair ") + to_string(mend) + " " + called(key); }

std::string statement_of(const Record& record) {
    std::string more = record.line > 0 ? "line " + std::to_string(record.line) : "";
    if (!record.verb.empty()) more += (more.empty() ? "" : ": ") + record.verb;
    return "statement " + std::to_string(record.statement) + (more.empty() ? "" : " (" + more + ")");
}

Diagnostic unsettled(const std::string& step_name, const std::string& shown, const Record& record) {
    Diagnostic unknown(
        Error::disagreement,
        statement_of(record) + " was begun and its end was never recorded: no transaction covers it, so it may or may not have taken effect");
    unknown.place = {shown, record.line, 0};
    unknown.step = step_name;
    unknown.hint = "look whether it took effect. It did: " + repair_command(Mend::mark_done, record.key) +
                   " (the next run goes on after it). It did not, or what it left is undone: " + repair_command(Mend::mark_not_done, record.key) +
                   " (the next run executes it again). Or run the file from its beginning: " + repair_command(Mend::start_over, record.key);
    return unknown;
}

Result<std::vector<Change>> mend(Mend mend, const std::string& step_id, const std::vector<std::string>& units, const Facts& facts) {
    std::vector<Change> out;
    const auto add = [&](const Record& record, std::string& why_not) {
        auto change = change_of(mend, record, facts, why_not);
        if (!change) return false;
        change->text = "step " + step_id + ", " + record.key.unit + ": " + change->text;
        if (std::ranges::none_of(out, [&record](const Change& other) { return other.was.key == record.key; })) out.push_back(std::move(*change));
        return true;
    };
    std::string why_not;
    if (units.empty()) {
        for (const auto& record : *facts.records) {
            if (is_meant(mend, record)) add(record, why_not);
        }
        return out;
    }
    for (const auto& name : units) {
        const Record* record = called_so(name, facts);
        if (record == nullptr) {
            std::vector<std::string> names;
            for (const auto& one : *facts.records) names.push_back(one.key.unit);
            Diagnostic unknown(Error::usage, "the ledger has no unit \"" + name + "\" of step \"" + step_id + "\"");
            const auto near = nearest(name, names);
            unknown.hint = near            ? "did you mean \"" + *near + "\"?"
                           : names.empty() ? "it has none of this step"
                                           : "pgprimer status shows what it has";
            return unknown;
        }
        if (!add(*record, why_not)) {
            return Diagnostic(Error::usage,
                              std::string(to_string(mend)) + " does not apply to unit \"" + name + "\" of step \"" + step_id + "\": " + why_not);
        }
    }
    return out;
}

}  // namespace pgprimer::plan
