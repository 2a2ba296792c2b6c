#include "psql_text.hpp"

#include <algorithm>

#include "pgprimer/base/text.hpp"

namespace pgprimer::cli {
namespace {

constexpr std::size_t widest = 60;
constexpr std::size_t least_right_of_caret = 10;

std::string locus(const Place& place) {
    if (place.file.empty()) return "";
    return "psql:" + place.file + ":" + (place.line > 0 ? std::to_string(place.line) + ":" : "") + " ";
}

// The server gives it, but a Diagnostic does not keep it.
const char* severity_of(const Diagnostic& why) {
    if (why.sqlstate.starts_with("57P")) return "FATAL";
    return "ERROR";
}

std::string server_text(const Diagnostic& why) {
    std::string out = locus(why.place) + severity_of(why) + ":  " + why.message + "\n";
    if (!why.internal_query.empty()) {
        const std::size_t at = character_offset(why.internal_query, static_cast<std::size_t>(std::max(why.server_position, 1) - 1));
        const std::string_view before = std::string_view(why.internal_query).substr(0, at);
        const auto begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
        const std::string_view line = std::string_view(why.internal_query).substr(begin);
        if (why.server_position > 0)
            out += psql_caret_text(line.substr(0, line.find('\n')), static_cast<int>(std::ranges::count(before, '\n')) + 1,
                                   static_cast<int>(count_characters(before.substr(begin))) + 1);
    } else if (why.sent_line > 0) {
        out += psql_caret_text(why.sent_text, why.sent_line, why.sent_column);
    }
    if (!why.detail.empty()) out += "DETAIL:  " + why.detail + "\n";
    if (!why.hint.empty()) out += "HINT:  " + why.hint + "\n";
    if (!why.internal_query.empty()) out += "QUERY:  " + why.internal_query + "\n";
    if (!why.context.empty()) out += "CONTEXT:  " + why.context + "\n";
    if (!why.statement.empty()) out += locus(why.place) + "STATEMENT:  " + why.statement + "\n";
    return out;
}

// psql's own failures and ours.
std::string client_text(const Diagnostic& why) {
    const bool is_terse = why.place.file.empty() && why.place.line > 0;  // of standard input, or -c
    if (is_terse) return why.message + "\n" + (why.detail.empty() ? "" : why.detail + "\n") + (why.hint.empty() ? "" : why.hint + "\n");
    const std::string begin = why.place.file.empty() ? "psql: " : locus(why.place);
    std::string out = begin + "error: " + why.message + "\n";
    if (!why.detail.empty()) out += begin + "detail: " + why.detail + "\n";
    if (!why.hint.empty()) out += begin + "hint: " + why.hint + "\n";
    return out;
}

}  // namespace

std::string psql_caret_text(std::string_view line_text, int line, int column) {
    const std::size_t length = count_characters(line_text);
    const std::size_t caret = std::min(static_cast<std::size_t>(std::max(column, 1) - 1), length);
    std::size_t begin = 0, end = length;
    if (length > widest) {
        if (widest >= caret + least_right_of_caret) {
            end = widest;
        } else {
            end = std::min(length, caret + least_right_of_caret);
            begin = end > widest ? end - widest : 0;
        }
    }
    const std::size_t from = character_offset(line_text, begin);
    std::string shown(line_text.substr(from, character_offset(line_text.substr(from), end - begin)));
    std::ranges::replace(shown, '\t', ' ');
    const std::string head = "LINE " + std::to_string(line) + ": " + (begin > 0 ? "..." : "");
    return head + shown + (end < length ? "..." : "") + "\n" + std::string(head.size() + caret - begin, ' ') + "^\n";
}

std::string psql_error_text(const Diagnostic& why) {
    std::string out = why.sqlstate.empty() ? client_text(why) : server_text(why);
    for (const Diagnostic& further : why.more) out += psql_error_text(further);
    return out;
}

std::string psql_notice_text(const event::Notice& notice) {
    std::string out = locus(notice.place) + notice.severity + ":  " + notice.message + "\n";
    if (notice.sent_line > 0) out += psql_caret_text(notice.sent_text, notice.sent_line, notice.sent_column);
    if (!notice.detail.empty()) out += "DETAIL:  " + notice.detail + "\n";
    if (!notice.hint.empty()) out += "HINT:  " + notice.hint + "\n";
    if (!notice.internal_query.empty()) out += "QUERY:  " + notice.internal_query + "\n";
    if (!notice.context.empty()) out += "CONTEXT:  " + notice.context + "\n";
    return out;
}

}  // namespace pgprimer::cli
