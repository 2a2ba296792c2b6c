#include "rules.hpp"

#include <algorithm>

#include "pgprimer/plan/repair.hpp"
#include "pgprimer/sql/settling.hpp"

namespace pgprimer::plan {

const Record* find(const std::vector<Record>& records, const std::string& unit) {
    const auto found = std::ranges::find_if(records, [&unit](const Record& record) { return record.key.unit == unit; });
    return found == records.end() ? nullptr : &*found;
}

bool same_checksum(const Record& record, const std::string& checksum) {
    return record.checksum == checksum || (record.state == State::baseline && record.checksum.empty());
}

Result<Action> unfinished(const config::Step& step, const std::string& unit, const std::string& shown, const Record& record, bool forced) {
    const Key key{step.id, "", unit};
    if (forced) return Action{key, What::again, "forced", 0, false};
    if (record.state == State::failed) return Action{key, What::again, "failed last time", 0, false};
    if (record.state == State::partial) {
        if (record.statement == 0) return Action{key, What::again, "interrupted before its first statement was done", 0, false};
        return Action{key, What::resume, "interrupted after " + statement_of(record), 0, false};
    }
    if (sql::may_be_settled(record.verb))
        return Action{key, What::resume, "interrupted in " + statement_of(record) + ": looks what became of it, and goes on", 0, false};
    return unsettled(step.name, shown, record);
}

}  // namespace pgprimer::plan
