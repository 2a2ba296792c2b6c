#pragma once
// What is to be done about a step, from what is known. Pure: no file, no server, no clock.
#include <initializer_list>
#include <string>
#include <unordered_map>
#include <vector>

#include "pgprimer/base/result.hpp"
#include "pgprimer/config/config.hpp"
#include "pgprimer/migration/version.hpp"
#include "pgprimer/plan/action.hpp"

namespace pgprimer::plan {

// One unit as the files have it now.
struct Unit {
    std::string name;   // Key::unit
    std::string shown;  // for people: the path
    std::string checksum;
    std::string legacy_path;
};

// A vector of its own, or of somebody else who keeps it: there may be ten thousand migrations.
template <class T>
class Many {
public:
    Many() = default;
    Many(std::vector<T> own) : own_(std::move(own)) {}  // NOLINT(google-explicit-constructor): as good as one
    Many(std::initializer_list<T> own) : own_(own) {}
    static Many of(const std::vector<T>& kept) {
        Many out;
        out.kept_ = &kept;
        return out;
    }
    [[nodiscard]] const std::vector<T>& operator*() const { return kept_ != nullptr ? *kept_ : own_; }
    [[nodiscard]] const std::vector<T>* operator->() const { return &**this; }

private:
    std::vector<T> own_;
    const std::vector<T>* kept_ = nullptr;
};

// All that deciding about one step may know.
struct Facts {
    Many<Unit> units;                   // sql: scripts in order; exec, flush: one
    Many<migration::Version> versions;  // migrations, in order
    Many<Record> records;               // of this step id (and item)
    bool forced = false;                // --force
    std::string plan_id;                // flush: once per plan id (its fingerprint)
};

// Actions in order of execution, one for every unit or version (skips too) and, for migrations, what `missing` and `ahead` say about records
// without a file. Error::disagreement where the step's keys say error; the message names unit, file, when it was applied, what differs,
// and the ways on (the key to set; `baseline`).
Result<std::vector<Action>> decide(const config::Step& step, const Facts& facts);

// Records of migrations by migration::same_key(): 001_a.sql that became 1_a.up.sql is the same migration and keeps its row.
std::unordered_map<std::string, const Record*> by_version(const std::vector<Record>& records);

}  // namespace pgprimer::plan
