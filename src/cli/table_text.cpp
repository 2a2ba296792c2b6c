#include "table_text.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "pgprimer/base/text.hpp"

namespace pgprimer::cli {
namespace {

// int2 int4 int8 float4 float8 numeric oid money xid cid: psql aligns these to the right.
bool is_numeric(unsigned type) {
    constexpr std::array<unsigned, 10> types{21, 23, 20, 700, 701, 1700, 26, 790, 28, 29};
    return std::ranges::find(types, type) != types.end();
}

std::string padded(std::string_view text, std::size_t width, bool right) {
    const std::string blank(width - std::min(width, count_characters(text)), ' ');
    return right ? blank + std::string(text) : std::string(text) + blank;
}

}  // namespace

std::string table_text(const pg::Rows& rows) {
    const int columns = rows.columns();
    std::vector<std::size_t> widths;
    for (int c = 0; c < columns; ++c) {
        std::size_t width = count_characters(rows.column_name(c));
        for (int r = 0; r < rows.size(); ++r) width = std::max(width, count_characters(rows.at(r, c)));
        widths.push_back(width);
    }
    std::string out;
    for (int c = 0; c < columns; ++c) {
        const auto width = widths[static_cast<std::size_t>(c)];
        const std::string name = rows.column_name(c);
        const std::size_t left = (width - count_characters(name)) / 2;
        const std::string cell = std::string(left, ' ') + name;
        out += (c > 0 ? "|" : "") + (" " + padded(cell, width, false) + " ");
    }
    out += "\n";
    for (int c = 0; c < columns; ++c) out += (c > 0 ? "+" : "") + std::string(widths[static_cast<std::size_t>(c)] + 2, '-');
    out += "\n";
    for (int r = 0; r < rows.size(); ++r) {
        std::string line;
        for (int c = 0; c < columns; ++c) {
            const bool last = c == columns - 1, right = is_numeric(rows.column_type(c));
            const auto width = widths[static_cast<std::size_t>(c)];
            line +=
                (c > 0 ? "|" : "") + (" " + (last && !right ? std::string(rows.at(r, c)) : padded(rows.at(r, c), width, right) + (last ? "" : " ")));
        }
        out += line + "\n";
    }
    return out + "(" + std::to_string(rows.size()) + (rows.size() == 1 ? " row)\n\n" : " rows)\n\n");
}

}  // namespace pgprimer::cli
