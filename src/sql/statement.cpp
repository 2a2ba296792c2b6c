#include "pgprimer/sql/statement.hpp"

#include <algorithm>

#include "pgprimer/base/text.hpp"
#include "tokens.hpp"

namespace pgprimer::sql {
namespace {

struct Spot {
    std::string_view text;  // in which `at` counts: the source, or the statement where the source was cut
    std::size_t at = 0;
    int line = 0;
    bool is_source = true;
};

// Line feeds before `end` that are in no file: those of variables' values.
int lines_in_values(const Statement& s, std::size_t end) {
    std::size_t counted = 0;  // a value may hold a variable
    long lines = 0;
    for (const auto& replaced : s.replacements) {
        const std::size_t from = std::clamp(replaced.at, counted, std::max(end, counted)),
                          to = std::clamp(replaced.at + replaced.sent, from, std::max(end, from));
        lines += std::ranges::count(std::string_view(s.text).substr(from, to - from), '\n');
        counted = to;
    }
    return static_cast<int>(lines);
}

Spot spot_of(const Statement& s, int server_position) {
    const std::string_view first = std::string_view(s.source).substr(0, s.source.find('\n'));
    const std::size_t begin = character_offset(first, static_cast<std::size_t>(std::max(s.place.column, 1) - 1));
    if (server_position <= 0) return {s.source, begin, s.place.line};
    const std::size_t sent = character_offset(s.text, static_cast<std::size_t>(server_position - 1));
    std::size_t written = sent;
    for (const auto& replaced : s.replacements) {
        if (replaced.at >= sent) break;
        if (sent < replaced.at + replaced.sent) {
            written -= sent - replaced.at;  // inside the value: where its name stands
            break;
        }
        written = written + replaced.written - replaced.sent;
    }
    Spot spot{s.source, begin + written, s.place.line};
    const bool is_cut = s.source.size() >= Statement::most_source;
    if (is_cut && spot.at >= s.source.size()) spot = {s.text, sent, s.place.line, false};
    spot.at = std::min(spot.at, spot.text.size());
    spot.line += static_cast<int>(std::ranges::count(spot.text.substr(0, spot.at), '\n'));
    if (!spot.is_source) spot.line -= lines_in_values(s, spot.at);
    return spot;
}

std::size_t line_begin(const Spot& spot) {
    const auto found = spot.at == 0 ? std::string_view::npos : spot.text.rfind('\n', spot.at - 1);
    return found == std::string_view::npos ? 0 : found + 1;
}

}  // namespace

Place Statement::place_of(int server_position) const {
    const Spot spot = spot_of(*this, server_position);
    const std::size_t begin = line_begin(spot);
    int column = static_cast<int>(count_characters(spot.text.substr(begin, spot.at - begin))) + 1;
    if (!spot.is_source && begin == 0) column += place.column - 1;
    return {place.file, spot.line, column};
}

std::string Statement::line_of(int server_position) const {
    const Spot spot = spot_of(*this, server_position);
    const std::size_t begin = line_begin(spot);
    std::string line(spot.text.substr(begin, spot.text.find('\n', begin) - begin));
    if (line.ends_with('\r')) line.pop_back();
    // The columns before the statement, where only its own text is kept.
    if (!spot.is_source && begin == 0 && place.column > 1) line.insert(0, std::string(static_cast<std::size_t>(place.column - 1), ' '));
    return line;
}

int Statement::position_in_block(int line) const {
    if (traits.verb != "DO" || multiple) return 0;
    Tokens tokens(text);
    auto token = tokens.next();
    while (token && token->kind != Token::Kind::string) token = tokens.next();
    if (!token || token->text.front() == 'E' || token->text.front() == 'e') return 0;  // with line feeds that are not written as such
    std::string_view rest = token->text;
    for (int i = 1; i < line; ++i) {
        const auto end = rest.find('\n');
        if (end == std::string_view::npos) return 0;
        rest.remove_prefix(end + 1);
    }
    const std::size_t at = token->at + token->text.size() - rest.size() + std::min(rest.find_first_not_of(" \t"), rest.size());
    return static_cast<int>(count_characters(std::string_view(text).substr(0, at))) + 1;
}

}  // namespace pgprimer::sql
