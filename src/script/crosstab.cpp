#include "crosstab.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <numeric>
#include <optional>

#include "pgprimer/base/text.hpp"

namespace pgprimer::script {
namespace {

constexpr std::size_t most_columns = 1600;  // as psql

Diagnostic wrong(const std::string& why) { return {Error::failed, "\\crosstabview: " + why}; }

std::optional<int> number_of(std::string_view text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

// Names fold to lower case but in double quotes, as identifiers do.
std::string folded(const std::string& text) {
    std::string out;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '"')
            out += quoted ? std::string(1, text[i]) : lower(text.substr(i, 1));
        else if (quoted && text.substr(i).starts_with("\"\""))
            out += text[i++];
        else
            quoted = !quoted;
    }
    return out;
}

Result<int> column_of(const std::string& argument, const pg::Rows& rows) {
    if (const auto number = number_of(argument)) {
        if (*number < 1 || *number > rows.columns())
            return wrong("column number " + argument + " is out of range 1.." + std::to_string(rows.columns()));
        return *number - 1;
    }
    const std::string name = folded(argument);
    int found = -1;
    for (int i = 0; i < rows.columns(); ++i) {
        if (rows.column_name(i) != name) continue;
        if (found >= 0) return wrong("ambiguous column name: \"" + name + "\"");
        found = i;
    }
    if (found < 0) return wrong("column name not found: \"" + name + "\"");
    return found;
}

using Value = std::optional<std::string>;

Value value_at(const pg::Rows& rows, int row, int column) { return rows.is_null(row, column) ? Value{} : Value{std::string(rows.at(row, column))}; }

// Values in the order in which they appear first.
class Headers {
public:
    std::size_t add(Value value, int row) {
        const auto [found, is_new] = places_.emplace(std::move(value), values_.size());
        if (is_new) {
            values_.push_back(found->first);
            rows_.push_back(row);
        }
        return found->second;
    }
    [[nodiscard]] std::size_t size() const { return values_.size(); }
    [[nodiscard]] const Value& operator[](std::size_t i) const { return values_[i]; }
    [[nodiscard]] int row(std::size_t i) const { return rows_[i]; }

private:
    std::map<Value, std::size_t> places_;
    std::vector<Value> values_;
    std::vector<int> rows_;  // where each appeared
};

struct Fields {
    int vertical = 0, horizontal = 1, data = 2, sort = -1;
};

Result<Fields> fields_of(const pg::Rows& rows, const std::vector<std::string>& arguments) {
    if (!rows.has_table()) return wrong("statement did not return a result set");
    if (rows.columns() < 3) return wrong("query must return at least three columns");
    Fields out;
    if (!arguments.empty()) { PGPRIMER_TRY(out.vertical, column_of(arguments[0], rows)); }
    if (arguments.size() > 1) { PGPRIMER_TRY(out.horizontal, column_of(arguments[1], rows)); }
    if (out.vertical == out.horizontal) return wrong("vertical and horizontal headers must be different columns");
    if (arguments.size() > 2) {
        PGPRIMER_TRY(out.data, column_of(arguments[2], rows));
    } else if (rows.columns() > 3) {
        return wrong("data column must be specified when query returns more than three columns");
    } else {
        out.data = 3 - out.vertical - out.horizontal;
    }
    if (arguments.size() > 3) { PGPRIMER_TRY(out.sort, column_of(arguments[3], rows)); }
    return out;
}

}  // namespace

Result<pg::Table> crosstab_of(const pg::Rows& rows, const std::vector<std::string>& arguments, const std::string& null) {
    PGPRIMER_TRY(const Fields fields, fields_of(rows, arguments));
    Headers down, across;
    for (int row = 0; row < rows.size(); ++row) {
        down.add(value_at(rows, row, fields.vertical), row);
        across.add(value_at(rows, row, fields.horizontal), row);
        if (across.size() > most_columns) return wrong("maximum number of columns (" + std::to_string(most_columns) + ") exceeded");
    }
    std::vector<std::size_t> order(across.size());  // of the columns, by the sort column's numbers
    std::iota(order.begin(), order.end(), 0);
    if (fields.sort >= 0) {
        const auto rank = [&](std::size_t i) { return number_of(rows.at(across.row(i), fields.sort)).value_or(0); };
        std::ranges::stable_sort(order, {}, rank);
    }
    std::vector<std::size_t> place(across.size());
    for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i;

    pg::Table table;
    table.columns.push_back({rows.column_name(fields.vertical), pg::aligned_right(rows.column_type(fields.vertical))});
    for (const std::size_t i : order) table.columns.push_back({across[i].value_or(null), pg::aligned_right(rows.column_type(fields.data))});
    const std::size_t width = table.columns.size();
    table.cells.resize(down.size() * width);
    std::vector<bool> filled(table.cells.size());
    for (std::size_t i = 0; i < down.size(); ++i) table.cells[i * width] = down[i].value_or(null);
    for (int row = 0; row < rows.size(); ++row) {
        const std::size_t line = down.add(value_at(rows, row, fields.vertical), row),
                          column = across.add(value_at(rows, row, fields.horizontal), row);
        const std::size_t cell = line * width + 1 + place[column];
        if (filled[cell]) {
            return wrong("query result contains multiple data values for row \"" + down[line].value_or("(null)") + "\", column \"" +
                         across[column].value_or("(null)") + "\"");
        }
        filled[cell] = true;
        table.cells[cell] = value_at(rows, row, fields.data).value_or(null);
    }
    return table;
}

}  // namespace pgprimer::script
