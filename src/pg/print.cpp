#include "pgprimer/pg/print.hpp"

#include <exception>
#include <utility>

#include "print.h"

namespace pgprimer::pg {
namespace {

// No exception may pass through C: it is kept until print.c is done.
struct Output {
    const Write& write;
    std::exception_ptr thrown;

    static bool take(void* self, const char* bytes, std::size_t size) {
        auto& output = *static_cast<Output*>(self);
        try {
            return output.write({bytes, size});
        } catch (...) {
            output.thrown = std::current_exception();
            return false;
        }
    }
    [[nodiscard]] bool ended(bool all) const {
        if (thrown) std::rethrow_exception(thrown);
        return all;
    }
};

// Points into `options`, which is a copy: print.c takes broken characters out of null's text in place.
pgprimer_print_options to_c(PrintOptions& options) {
    const auto maybe = [](std::optional<std::string>& text) { return text ? text->data() : nullptr; };
    const auto doubled = [](PrintOptions::Stroke stroke) { return stroke == PrintOptions::Stroke::double_line; };
    pgprimer_print_options out{};
    out.format = static_cast<int>(options.format);
    out.border = options.border;
    out.expanded = static_cast<int>(options.expanded);
    out.tuples_only = options.tuples_only;
    out.footer = options.footer;
    out.numeric_locale = options.numeric_locale;
    out.null = options.null.data();
    out.title = maybe(options.title);
    out.field_separator = options.field_separator.data();
    out.record_separator = options.record_separator.data();
    out.csv_separator = options.csv_separator.size() == 1 ? options.csv_separator[0] : ',';
    out.table_attributes = maybe(options.table_attributes);
    out.field_separator_zero = options.field_separator_zero;
    out.record_separator_zero = options.record_separator_zero;
    out.line_style = static_cast<int>(options.line_style);
    out.double_border = doubled(options.unicode_border);
    out.double_column = doubled(options.unicode_column);
    out.double_header = doubled(options.unicode_header);
    out.columns = options.columns;
    out.encoding = options.encoding.c_str();
    out.begins = options.begins;
    out.ends = options.ends;
    out.before = options.before;
    return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> out;
    out.reserve(texts.size() + 1);
    for (auto& text : texts) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
}

}  // namespace

bool print(const Rows& rows, const PrintOptions& options, const Write& write) {
    PrintOptions copy = options;
    const auto c_options = to_c(copy);
    Output output{write, nullptr};
    return output.ended(pgprimer_print_result(rows.handle(), &c_options, Output::take, &output));
}

bool print(Table table, const PrintOptions& options, const Write& write) {
    PrintOptions copy = options;
    if (table.title) copy.title = std::move(table.title);
    const auto c_options = to_c(copy);
    const std::size_t columns = table.columns.size();
    const std::size_t rows = columns == 0 ? 0 : (table.cells.size() + columns - 1) / columns;
    constexpr std::size_t most = 1U << 30U;
    if (columns > most || rows > most) return false;
    table.cells.resize(columns * rows);
    std::vector<char*> headers;
    std::string alignments;
    for (auto& column : table.columns) {
        headers.push_back(column.header.data());
        alignments += column.right ? 'r' : 'l';
    }
    const auto cells = pointers(table.cells);
    const auto footers = pointers(table.footers);
    Output output{write, nullptr};
    return output.ended(pgprimer_print_table(static_cast<int>(columns), static_cast<int>(rows), headers.data(), alignments.c_str(), cells.data(),
                                             footers.data(), &c_options, Output::take, &output));
}

bool aligned_right(unsigned type) { return pgprimer_print_alignment(type) == 'r'; }

}  // namespace pgprimer::pg
