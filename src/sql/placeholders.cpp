// Flyway's placeholders: replaced in a line before anything else looks at it, while places stay those of the line as written.
#include "pgprimer/base/text.hpp"
#include "reader_state.hpp"

namespace pgprimer::sql {

// A byte of the line; where placeholders were replaced in it, the place is that of the line as written.
Place Reader::State::here(std::size_t byte) const {
    std::string_view text = line;
    if (!line_replacements.empty()) {
        text = written_line;
        std::size_t written = byte;
        for (const auto& replaced : line_replacements) {
            if (replaced.at >= byte) break;
            if (byte < replaced.at + replaced.sent) {
                written -= byte - replaced.at;
                break;
            }
            written = written + replaced.written - replaced.sent;
        }
        byte = written;
    }
    return {shown(), line_number, static_cast<int>(count_characters(text.substr(0, byte))) + 1};
}

// Flyway's ${name}, replaced before anything else is looked at, as Flyway does.
Result<void> Reader::State::replace_placeholders() {
    written_line = line;
    std::vector<Statement::Replacement> replaced;
    std::string out;
    std::size_t at = 0;
    while (true) {
        const auto begin = line.find("${", at);
        const auto end = begin == std::string::npos ? begin : line.find('}', begin);
        if (end == std::string::npos) break;
        const std::string name = line.substr(begin + 2, end - begin - 2);
        const auto value = script.variables.find(name);
        if (value == script.variables.end()) {
            return failure("the placeholder ${" + name + "} has no value", here(begin))
                .with_hint("set placeholders = { \"" + name + "\" = \"...\" } in the step");
        }
        out += line.substr(at, begin - at);
        replaced.push_back({out.size(), value->second.size(), end + 1 - begin});
        out += value->second;
        at = end + 1;
    }
    if (at == 0) return {};
    out += line.substr(at);
    line = std::move(out);
    line_replacements = std::move(replaced);
    return {};
}

}  // namespace pgprimer::sql
