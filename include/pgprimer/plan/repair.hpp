#pragma once
// What `pgprimer repair` changes in the ledger, from what is recorded and what the files say; and how the messages name it. Pure.
#include <optional>
#include <string>
#include <vector>

#include "pgprimer/base/result.hpp"
#include "pgprimer/migration/version.hpp"
#include "pgprimer/plan/decide.hpp"
#include "pgprimer/plan/record.hpp"

namespace pgprimer::plan {

enum class Mend {
    mark_done,      // the statement of which the end is not known took effect
    mark_not_done,  // it did not, and left nothing
    start_over,     // the unit is run from its beginning
    accept,         // the file as it is now is what was applied
    forget,         // a row whose file is gone
};

// The option of `pgprimer repair`.
const char* to_string(Mend mend);

// "--step ID --unit UNIT", quoted for a shell; without `unit` where it is "".
std::string called(const Key& key);
// "pgprimer repair --accept --step ID --unit UNIT".
std::string repair_command(Mend mend, const Key& key);

// "statement 2 (line 3: VACUUM)".
std::string statement_of(const Record& record);

// A statement that no transaction covers, of which the end was never recorded and nothing tells what became of it.
Diagnostic unsettled(const std::string& step_name, const std::string& shown, const Record& record);

struct Change {
    Record was;
    std::optional<Record> becomes;  // nullopt: the row is deleted
    std::string text;               // "step schema, 002: statement 2 (...) took effect: the next run goes on after it"
};

// Of one step. `facts`: its records, and its files' units or versions (none: it is in the configuration no more). `units`: names; empty: all that
// this applies to. Error::usage where one is not there, or this does not apply to it.
Result<std::vector<Change>> mend(Mend mend, const std::string& step_id, const std::vector<std::string>& units, const Facts& facts);

}  // namespace pgprimer::plan
