#include "pgprimer/base/diagnostic.hpp"

#include <algorithm>
#include <array>

#include "pgprimer/base/text.hpp"

namespace pgprimer {
namespace {

constexpr std::size_t window = 100;  // characters of a source line that are shown around the caret

// Columns of a terminal that a character takes, as terminals count: two for those of East Asia and pictures, none for accents that join.
std::size_t columns_of(std::string_view character) {
    static constexpr std::array<std::array<char32_t, 2>, 14> wide{{{0x1100, 0x115F},
                                                                   {0x2E80, 0x303E},
                                                                   {0x3041, 0x33FF},
                                                                   {0x3400, 0x4DBF},
                                                                   {0x4E00, 0x9FFF},
                                                                   {0xA000, 0xA4CF},
                                                                   {0xAC00, 0xD7A3},
                                                                   {0xF900, 0xFAFF},
                                                                   {0xFE30, 0xFE6F},
                                                                   {0xFF00, 0xFF60},
                                                                   {0xFFE0, 0xFFE6},
                                                                   {0x1F300, 0x1F64F},
                                                                   {0x1F900, 0x1F9FF},
                                                                   {0x20000, 0x3FFFD}}};
    static constexpr std::array<std::array<char32_t, 2>, 4> joining{{{0x0300, 0x036F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}}};
    const std::string shown = printable(character);
    if (shown != character) return shown.size();  // \xNN
    if (character.size() < 2) return 1;
    auto code = static_cast<char32_t>(static_cast<unsigned char>(character[0]) & (0xFFU >> (character.size() + 1)));
    for (const char c : character.substr(1)) code = (code << 6U) | (static_cast<unsigned char>(c) & 0x3FU);
    const auto is_in = [code](const auto& range) { return code >= range[0] && code <= range[1]; };
    return std::ranges::any_of(joining, is_in) ? 0 : std::ranges::any_of(wide, is_in) ? 2 : 1;
}

// The line and a caret under the character `column`; long lines as a window with "..." at cut ends.
void append_source_line(std::string& out, std::string_view head, std::string_view line, int column) {
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    if (trim(line).empty()) return;
    const std::size_t caret = column > 0 ? static_cast<std::size_t>(column - 1) : 0;
    const std::size_t begin = caret > window ? caret - window / 2 : 0;
    const std::size_t from = character_offset(line, begin);
    const std::size_t to = from + character_offset(line.substr(from), window + window / 2);
    const std::string_view shown = line.substr(from, to - from);
    const std::string cut_left = begin > 0 ? "..." : "";
    out += std::string(head) + cut_left + printable(shown) + (to < line.size() ? "..." : "") + "\n";
    if (column <= 0) return;
    std::string blank(head.size() + cut_left.size(), ' ');
    const std::size_t under = character_offset(shown, caret - begin);
    for (std::size_t at = 0; at < under;) {
        const std::size_t next = at + std::max<std::size_t>(character_offset(shown.substr(at), 1), 1);
        const std::string_view character = shown.substr(at, next - at);
        if (character == "\t")
            blank += '\t';  // keeps tabs, so that the caret stands right
        else
            blank.append(columns_of(character), ' ');
        at = next;
    }
    blank.append(caret - begin - std::min(count_characters(shown), caret - begin), ' ');
    out += blank + "^\n";
}

// What a function sent by itself: the line of it that the server means.
void append_query(std::string& out, const Diagnostic& d) {
    const std::string_view query = d.internal_query;
    const std::size_t at = character_offset(query, static_cast<std::size_t>(std::max(d.server_position, 1) - 1));
    const std::string_view before = query.substr(0, at);
    const std::size_t begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    const int column = d.server_position > 0 ? static_cast<int>(count_characters(before.substr(begin))) + 1 : 0;
    append_source_line(out, "  query: ", query.substr(begin, query.find('\n', begin) - begin), column);
}

void append_lines(std::string& out, std::string_view text, std::string_view indent) {
    while (text.ends_with('\n')) text.remove_suffix(1);
    for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
        out += printable(text.substr(0, end)) + "\n" + std::string(indent);
        text.remove_prefix(end + 1);
    }
    out += printable(text);
}

void append_text(std::string& out, const Diagnostic& d) {
    const std::string place = to_string(d.place);
    out += "error: ";
    if (!place.empty()) out += printable(place) + ": ";
    append_lines(out, d.message, "       ");
    if (!d.sqlstate.empty()) out += " (" + d.sqlstate + ")";
    out += "\n";
    if (!d.line_text.empty()) append_source_line(out, "    ", d.line_text, d.place.column);
    const auto field = [&out](const char* name, const std::string& text) {
        if (text.empty()) return;
        out += std::string("  ") + name + ": ";
        append_lines(out, text, std::string(std::string_view(name).size() + 4, ' '));
        out += "\n";
    };
    field("detail", d.detail);
    append_query(out, d);
    field("context", d.context);
    for (auto from = d.included_from.begin(); from != d.included_from.end();) {
        const auto other = std::find_if(from, d.included_from.end(), [from](const Place& one) { return one != *from; });
        out += "  included from " + printable(to_string(*from)) + (other - from > 1 ? " (" + std::to_string(other - from) + " times)" : "") + "\n";
        from = other;
    }
    field("step", d.step);
    field("hint", d.hint);
    for (const Diagnostic& further : d.more) append_text(out, further);
}

}  // namespace

int exit_status(const Diagnostic& d) { return d.error == Error::stopped ? exit_for_signal(d.signal) : exit_code(d.error); }

std::string to_text(const Diagnostic& d) {
    std::string out;
    append_text(out, d);
    return out;
}

std::string to_json(const Diagnostic& d) {
    std::string out = "{\"message\":" + json_quote(d.message);
    const auto field = [&out](const char* name, const std::string& text) {
        if (!text.empty()) out += std::string(",\"") + name + "\":" + json_quote(text);
    };
    const auto number = [&out](const char* name, int value) {
        if (value > 0) out += std::string(",\"") + name + "\":" + std::to_string(value);
    };
    field("sqlstate", d.sqlstate);
    field("file", d.place.file);
    number("line", d.place.line);
    number("column", d.place.column);
    // Of a long line, what stands before the column, too.
    const auto column = static_cast<std::size_t>(d.place.column > 500 ? d.place.column - 500 : 0);
    const std::size_t from = character_offset(d.line_text, column);
    const std::string_view source = std::string_view(d.line_text).substr(from);
    field("source", std::string(source.substr(0, character_offset(source, 1000))));
    field("detail", d.detail);
    if (!d.internal_query.empty()) {
        field("query", d.internal_query);
        number("query_position", d.server_position);
    }
    field("context", d.context);
    field("step", d.step);
    field("hint", d.hint);
    if (!d.included_from.empty()) {
        out += ",\"included_from\":[";
        for (std::size_t i = 0; i < d.included_from.size(); ++i) { out += (i > 0 ? "," : "") + json_quote(to_string(d.included_from[i])); }
        out += "]";
    }
    if (!d.more.empty()) {
        out += ",\"more\":[";
        for (std::size_t i = 0; i < d.more.size(); ++i) out += (i > 0 ? "," : "") + to_json(d.more[i]);
        out += "]";
    }
    return out + "}";
}

}  // namespace pgprimer
