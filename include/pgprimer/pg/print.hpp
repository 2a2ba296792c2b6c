#pragma once
// Results as psql prints them, by psql's own code. Not: where they go, and how \pset is written.
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pgprimer/pg/connection.hpp"

namespace pgprimer::pg {

enum class PrintFormat { aligned, asciidoc, csv, html, latex, latex_longtable, troff_ms, unaligned, wrapped };

// psql's \pset, field by field; the defaults are psql's.
struct PrintOptions {
    enum class Expanded { off, on, automatic };
    enum class LineStyle { ascii, old_ascii, unicode };
    enum class Stroke { single_line, double_line };

    PrintFormat format = PrintFormat::aligned;
    int border = 1;
    Expanded expanded = Expanded::off;  // automatic: on where the table is wider than `columns`
    bool tuples_only = false;
    bool footer = true;
    bool numeric_locale = false;
    std::string null;
    std::optional<std::string> title;             // an empty one is a line, too
    std::optional<std::string> table_attributes;  // of html and latex-longtable
    std::string field_separator = "|";
    std::string record_separator = "\n";
    bool field_separator_zero = false;
    bool record_separator_zero = false;
    std::string csv_separator = ",";  // one byte
    LineStyle line_style = LineStyle::ascii;
    Stroke unicode_border = Stroke::single_line;
    Stroke unicode_column = Stroke::single_line;
    Stroke unicode_header = Stroke::single_line;
    int columns = 0;                // the width that `wrapped` and `automatic` aim at; 0: none
    std::string encoding = "UTF8";  // the client's, as the server names it

    // A table in parts (FETCH_COUNT): whether its head and its foot are printed, and how many rows came in the parts before.
    bool begins = true, ends = true;
    unsigned long before = 0;
};

// Rows that no query gave: \crosstabview's.
struct Table {
    struct Column {
        std::string header;
        bool right = false;  // aligned so
    };
    std::vector<Column> columns;
    std::vector<std::string> cells;    // row after row; what the last row lacks is empty
    std::optional<std::string> title;  // instead of the options'
    std::vector<std::string> footers;  // instead of the count of rows
};

// Takes the output in pieces of at most 64 KiB; false: no more (a full disk, a stop). What it throws goes on to print's caller.
using Write = std::function<bool(std::string_view)>;

// False where `write` gave false: the rest is not written. Not to be called from `write`.
bool print(const Rows& rows, const PrintOptions& options, const Write& write);
bool print(Table table, const PrintOptions& options, const Write& write);

// Whether psql aligns this type's columns to the right.
bool aligned_right(unsigned type);

}  // namespace pgprimer::pg
