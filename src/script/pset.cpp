#include "pset.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>

#include "pgprimer/base/text.hpp"

namespace pgprimer::script {
namespace {

using pg::PrintFormat;
using pg::PrintOptions;
using Value = std::optional<std::string>;

Diagnostic wrong(const std::string& option, const std::string& value, const std::string& expected) {
    return {Error::failed, "\\pset: \"" + value + "\" is no value of " + option + ": " + expected + " is expected"};
}

// psql takes unique beginnings of a format's name.
Result<PrintFormat> format_of(const std::string& value) {
    using Named = std::pair<std::string_view, PrintFormat>;
    constexpr std::array<Named, 9> formats{{{"aligned", PrintFormat::aligned},
                                            {"asciidoc", PrintFormat::asciidoc},
                                            {"csv", PrintFormat::csv},
                                            {"html", PrintFormat::html},
                                            {"latex", PrintFormat::latex},
                                            {"latex-longtable", PrintFormat::latex_longtable},
                                            {"troff-ms", PrintFormat::troff_ms},
                                            {"unaligned", PrintFormat::unaligned},
                                            {"wrapped", PrintFormat::wrapped}}};
    const std::string text = lower(value);
    const Named* found = nullptr;
    for (const auto& one : formats) {
        if (text.empty() || !one.first.starts_with(text)) continue;
        if (one.first == text) return one.second;
        if (found != nullptr) return wrong("format", value, "aligned, csv, html, unaligned, wrapped or another of psql's, told by its beginning");
        found = &one;
    }
    if (found == nullptr) return wrong("format", value, "aligned, asciidoc, csv, html, latex, latex-longtable, troff-ms, unaligned or wrapped");
    return found->second;
}

Result<bool> switched(const std::string& option, const Value& value, bool now) {
    if (!value) return !now;
    const auto parsed = sql::parse_boolean(*value);
    if (parsed == sql::Boolean::neither) return wrong(option, *value, "on or off");
    return parsed == sql::Boolean::yes;
}

int number(const Value& value, int now) {
    if (!value) return now;
    int out = 0;
    const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), out);
    return error == std::errc{} && end != value->data() ? out : 0;  // atoi, as psql
}

Result<PrintOptions::Stroke> stroke(const std::string& option, const Value& value, PrintOptions::Stroke now) {
    if (!value) return now;
    const std::string text = lower(*value);
    if (!text.empty() && std::string_view("single").starts_with(text)) return PrintOptions::Stroke::single_line;
    if (!text.empty() && std::string_view("double").starts_with(text)) return PrintOptions::Stroke::double_line;
    return wrong(option, *value, "single or double");
}

Result<void> set_expanded(const Value& value, PrintOptions& o) {
    using Expanded = PrintOptions::Expanded;
    if (value && iequals(*value, "auto")) {
        o.expanded = Expanded::automatic;
        return {};
    }
    PGPRIMER_TRY(const bool on, switched("expanded", value, o.expanded != Expanded::off));
    o.expanded = on ? Expanded::on : Expanded::off;
    return {};
}

Result<void> set_line_style(const Value& value, PrintOptions& o) {
    if (!value) return {};
    const std::string text = lower(*value);
    const auto is = [&text](std::string_view whole) { return !text.empty() && whole.starts_with(text); };
    if (is("ascii"))
        o.line_style = PrintOptions::LineStyle::ascii;
    else if (is("old-ascii"))
        o.line_style = PrintOptions::LineStyle::old_ascii;
    else if (is("unicode"))
        o.line_style = PrintOptions::LineStyle::unicode;
    else
        return wrong("linestyle", *value, "ascii, old-ascii or unicode");
    return {};
}

Result<void> set_tuples_only(const Value& value, PrintOptions& o) {
    PGPRIMER_TRY(o.tuples_only, switched("tuples_only", value, o.tuples_only));
    return {};
}

Result<void> set_separators(const std::string& name, const Value& value, PrintOptions& o) {
    if (name == "fieldsep" && value) {
        o.field_separator = *value;
        o.field_separator_zero = false;
    } else if (name == "fieldsep_zero") {
        o.field_separator_zero = true;
    } else if (name == "recordsep" && value) {
        o.record_separator = *value;
        o.record_separator_zero = false;
    } else if (name == "recordsep_zero") {
        o.record_separator_zero = true;
    } else if (name == "csv_fieldsep" && value) {
        if (value->size() != 1 || value->find_first_of("\"\r\n") != std::string::npos)
            return wrong("csv_fieldsep", *value, "a single one-byte character that is no quote, newline or carriage return");
        o.csv_separator = *value;
    }
    return {};
}

}  // namespace

Result<void> set_option(const std::string& name, const Value& value, PrintOptions& o) {
    if (name == "format") {
        if (value) { PGPRIMER_TRY(o.format, format_of(*value)); }
    } else if (name == "border") {
        o.border = number(value, o.border);
    } else if (name == "columns") {
        o.columns = number(value, o.columns);
    } else if (name == "x" || name == "expanded" || name == "vertical") {
        return set_expanded(value, o);
    } else if (name == "fieldsep" || name == "fieldsep_zero" || name == "recordsep" || name == "recordsep_zero" || name == "csv_fieldsep") {
        return set_separators(name, value, o);
    } else if (name == "footer") {
        PGPRIMER_TRY(o.footer, switched(name, value, o.footer));
    } else if (name == "linestyle") {
        return set_line_style(value, o);
    } else if (name == "null") {
        if (value) o.null = *value;
    } else if (name == "numericlocale") {
        PGPRIMER_TRY(o.numeric_locale, switched(name, value, o.numeric_locale));
    } else if (name == "t" || name == "tuples_only") {
        return set_tuples_only(value, o);
    } else if (name == "T" || name == "tableattr") {
        o.table_attributes = value;
    } else if (name == "C" || name == "title") {
        o.title = value;
    } else if (name == "unicode_border_linestyle") {
        PGPRIMER_TRY(o.unicode_border, stroke(name, value, o.unicode_border));
    } else if (name == "unicode_column_linestyle") {
        PGPRIMER_TRY(o.unicode_column, stroke(name, value, o.unicode_column));
    } else if (name == "unicode_header_linestyle") {
        PGPRIMER_TRY(o.unicode_header, stroke(name, value, o.unicode_header));
    } else if (name != "pager" && name != "pager_min_lines" && name != "xheader_width") {  // there is neither a pager nor a screen
        return Diagnostic(Error::failed, "\\pset: psql has no option \"" + name + "\"");
    }
    return {};
}

Result<GOptions> g_options(const std::vector<std::string>& arguments) {
    GOptions out;
    std::size_t i = 0;
    if (!arguments.empty() && arguments[0].starts_with('(')) {
        bool closed = false;
        for (; i < arguments.size() && !closed; ++i) {
            std::string word = arguments[i].substr(i == 0 ? 1 : 0);
            closed = word.ends_with(')');
            if (closed) word.pop_back();
            if (word.empty()) continue;
            const auto equals = word.find('=');
            if (equals == std::string::npos)
                out.pairs.emplace_back(word, std::nullopt);
            else
                out.pairs.emplace_back(word.substr(0, equals), word.substr(equals + 1));
        }
        if (!closed) return Diagnostic(Error::failed, "\\g: a ) is missing");
    }
    if (i < arguments.size()) out.target = arguments[i];
    return out;
}

Result<void> shape(const sql::Meta& meta, PrintOptions& o) {
    const Value first = meta.arguments.empty() ? Value{} : Value{meta.arguments[0]};
    const Value second = meta.arguments.size() > 1 ? Value{meta.arguments[1]} : Value{};
    if (meta.name == "a") {
        o.format = o.format == PrintFormat::aligned ? PrintFormat::unaligned : PrintFormat::aligned;
    } else if (meta.name == "H" || meta.name == "html") {
        o.format = o.format == PrintFormat::html ? PrintFormat::aligned : PrintFormat::html;
    } else if (meta.name == "C") {
        return set_option("title", first, o);
    } else if (meta.name == "f") {
        return set_option("fieldsep", first, o);
    } else if (meta.name == "t") {
        return set_option("tuples_only", first, o);
    } else if (meta.name == "T") {
        return set_option("tableattr", first, o);
    } else if (meta.name == "x") {
        return set_option("expanded", first, o);
    } else if (meta.name == "pset" && first) {
        return set_option(*first, second, o);
    }
    return {};
}

}  // namespace pgprimer::script
