#pragma once
#include "pgprimer/plan/decide.hpp"

namespace pgprimer::plan {

const Record* find(const std::vector<Record>& records, const std::string& unit);

// A baseline without checksum equals any.
bool same_checksum(const Record& record, const std::string& checksum);

// What to do about a unit that was begun and is not applied: failed, partial, started.
Result<Action> unfinished(const config::Step& step, const std::string& unit, const std::string& shown, const Record& record, bool forced);

Result<std::vector<Action>> decide_migrations(const config::Step& step, const config::Migrations& kind, const Facts& facts);

}  // namespace pgprimer::plan
