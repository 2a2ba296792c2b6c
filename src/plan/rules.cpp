#include "rules.hpp"

#include <algorithm>

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
    const std::string statement = "statement " + std::to_string(record.statement) + " (line " + std::to_string(record.line) +
                                  (record.verb.empty() ? "" : ": " + record.verb) + ")";
    if (forced) return Action{key, What::again, "forced", 0, false};
    if (record.state == State::failed) return Action{key, What::again, "failed last time", 0, false};
    if (record.state == State::partial) {
        if (record.statement == 0) return Action{key, What::again, "interrupted before its first statement was done", 0, false};
        return Action{key, What::resume, "interrupted after " + statement, 0, false};
    }
    Diagnostic unknown(Error::disagreement,
                       statement + " was begun and its end was never recorded: no transaction covers it, so it may or may not have taken effect");
    unknown.place = {shown, record.line, 0};
    unknown.step = step.name;
    unknown.hint =
        "look whether it took effect. Where all of the file is there: pgprimer baseline --step " + step.id + " --unit " + unit +
        " records it as applied. Otherwise undo what it left (an invalid index: DROP INDEX) and run the file from its beginning: pgprimer run --force " +
        step.id;
    return unknown;
}

}  // namespace pgprimer::plan
