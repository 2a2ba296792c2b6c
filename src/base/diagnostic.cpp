#include "pgprimer/base/diagnostic.hpp"

#include <algorithm>

#include "pgprimer/base/text.hpp"

namespace pgprimer {
namespace {

constexpr std::size_t window = 100;  // characters of a source line that are shown around the caret

// The line and a caret under the character `column`; long lines as a window with "..." at cut ends.
void append_source_line(std::string& out, std::string_view line, int column) {
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    if (trim(line).empty()) return;
    const std::size_t caret = column > 0 ? static_cast<std::size_t>(column - 1) : 0;
    const std::size_t begin = caret > window ? caret - window / 2 : 0;
    const std::size_t from = character_offset(line, begin);
    const std::size_t to = from + character_offset(line.substr(from), window + window / 2);
    std::string shown;
    std::string blank;  // keeps tabs, so that the caret stands right
    std::size_t at = begin;
    for (const char c : line.substr(from, to - from)) {
        const bool continuation = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
        if (!continuation && at++ < caret) blank += c == '\t' ? '\t' : ' ';
    }
    shown = printable(line.substr(from, to - from));
    const std::string cut_left = begin > 0 ? "..." : "";
    out += "    " + cut_left + shown + (to < line.size() ? "..." : "") + "\n";
    if (column > 0) out += "    " + std::string(cut_left.size(), ' ') + blank + "^\n";
}

void append_text(std::string& out, const Diagnostic& d) {
    const std::string place = to_string(d.place);
    out += "error: ";
    if (!place.empty()) out += printable(place) + ": ";
    out += printable(d.message);
    if (!d.sqlstate.empty()) out += " (" + d.sqlstate + ")";
    out += "\n";
    if (!d.line_text.empty()) append_source_line(out, d.line_text, d.place.column);
    const auto field = [&out](const char* name, const std::string& text) {
        if (text.empty()) return;
        out += std::string("  ") + name + ": ";
        std::string_view rest = text;
        while (true) {
            const auto end = rest.find('\n');
            out += printable(rest.substr(0, end)) + "\n";
            if (end == std::string_view::npos) break;
            rest.remove_prefix(end + 1);
            out += "          ";
        }
    };
    field("detail", d.detail);
    field("context", d.context);
    for (const Place& from : d.included_from) out += "  included from " + printable(to_string(from)) + "\n";
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
