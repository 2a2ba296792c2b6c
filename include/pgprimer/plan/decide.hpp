#pragma once
// What is to be done about a step, from what is known. Pure: no file, no server, no clock.
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

// All that deciding about one step may know.
struct Facts {
    std::vector<Unit> units;                   // sql: scripts in order; exec, flush: one
    std::vector<migration::Version> versions;  // migrations, in order
    std::vector<Record> records;               // of this step id (and item)
    bool forced = false;                       // --force
    std::string plan_id;                       // flush: once per plan id (its fingerprint)
};

// Actions in order of execution, one for every unit or version (skips too) and, for migrations, what `missing` and `ahead` say about records
// without a file. Error::disagreement where the step's keys say error; the message names unit, file, when it was applied, what differs,
// and the ways on (the key to set; `baseline`).
Result<std::vector<Action>> decide(const config::Step& step, const Facts& facts);

// Records of migrations by migration::same_key(): 001_a.sql that became 1_a.up.sql is the same migration and keeps its row.
std::unordered_map<std::string, const Record*> by_version(const std::vector<Record>& records);

}  // namespace pgprimer::plan
