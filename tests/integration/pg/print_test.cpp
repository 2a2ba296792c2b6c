#include "pgprimer/pg/print.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>

#include "server.hpp"
#include "support/temporary_folder.hpp"

namespace pgprimer::pg {
namespace {

using Expanded = PrintOptions::Expanded;
using LineStyle = PrintOptions::LineStyle;
using Stroke = PrintOptions::Stroke;

constexpr const char* mixed = R"(SELECT * FROM (VALUES
    (1, E'two\nlines', NULL::text, '日本語', 1234567.5, E'a\tb', true, 'x|y,z"q<&>\_$%'),
    (-20, '', '', 'ä', 0.25, E'\r', NULL, '  led'),
    (300, E'three\n\nlines\n', 'here', '😀 e' || U&'\0301', -1e3, '\.', false, repeat('long words in a row ', 6)))
    AS v (id, "Text", "can be null", "wide 幅", amount, control, ok, marks))";

// The psql of the server's own version.
std::string psql(const std::string& script) {
    const test::TemporaryFolder folder;
    const std::string file = folder.path() / "script";
    std::ofstream(file) << script;
    const auto program = std::filesystem::read_symlink("/proc/" + std::to_string(server().pid()) + "/exe").parent_path() / "psql";
    const std::string command = "PGCLIENTENCODING=UTF8 LC_ALL=C COLUMNS=20 '" + program.string() + "' -X -q -h 127.0.0.1 -p " +
                                std::to_string(server().port()) + " -U postgres -d postgres -v ON_ERROR_STOP=1 -f '" + file + "'";
    std::FILE* stream = ::popen(command.c_str(), "r");
    if (stream == nullptr) throw std::runtime_error("psql does not start");
    std::string out;
    std::array<char, 4096> piece{};
    for (std::size_t got = 0; (got = std::fread(piece.data(), 1, piece.size(), stream)) > 0;) out.append(piece.data(), got);
    if (::pclose(stream) != 0) throw std::runtime_error("psql failed");
    return out;
}

Rows query(const std::string& sql) {
    const auto ask = [&sql]() -> Task<Rows> {
        Connection connection = co_await connect(server().address());
        co_return (co_await connection.query(sql, soon())).value();
    };
    return run_task(ask());
}

template <class Printed>
std::string text_of(Printed&& printed, const PrintOptions& options) {
    std::string out;
    EXPECT_TRUE(print(std::forward<Printed>(printed), options, [&out](std::string_view piece) {
        out += piece;
        return true;
    }));
    return out;
}

const std::vector<std::string>& queries() {
    static const std::vector<std::string> all{
        mixed,
        "SELECT",
        "SELECT 1 AS one WHERE false",
        "SELECT WHERE false",
        "SELECT 7",
        R"(SELECT 1 AS "a
header of
three lines", 'x' AS " ", generate_series(1, 12))",
        "SELECT 1::oid, 2::money, 3::real, 4::bigint, '5'::xid, '6'::xid8, '7'::cid, '8'::char, 1e300::numeric"};
    return all;
}

struct Case {
    std::string pset;
    std::function<void(PrintOptions&)> set;
};

void expect_as_psql(const Case& one) {
    SCOPED_TRACE(one.pset);
    std::string script = one.pset + "\n";
    std::string ours;
    PrintOptions options;
    one.set(options);
    for (const auto& sql : queries()) {
        script += sql + ";\n";
        ours += text_of(query(sql), options);
    }
    const auto theirs = psql(script);
    EXPECT_FALSE(theirs.empty());
    EXPECT_EQ(ours, theirs);
}

TEST(Print, aligned_is_psqls) {
    const std::vector<Case> cases{
        {"", [](PrintOptions&) {}},
        {R"(\t)", [](PrintOptions& o) { o.tuples_only = true; }},
        {R"(\pset footer off)", [](PrintOptions& o) { o.footer = false; }},
        {R"(\pset null '(nothing: ∅)')", [](PrintOptions& o) { o.null = "(nothing: ∅)"; }},
        {R"(\pset title 'A title that is ä')", [](PrintOptions& o) { o.title = "A title that is ä"; }},
        {R"(\pset title '')", [](PrintOptions& o) { o.title = ""; }},
        {R"(\pset border 0)", [](PrintOptions& o) { o.border = 0; }},
        {R"(\pset border 2)", [](PrintOptions& o) { o.border = 2; }},
        {R"(\pset border 3)", [](PrintOptions& o) { o.border = 3; }},
        {R"(\pset numericlocale on)", [](PrintOptions& o) { o.numeric_locale = true; }},
        {R"(\pset linestyle old-ascii)", [](PrintOptions& o) { o.line_style = LineStyle::old_ascii; }},
        {"\\pset linestyle unicode\n\\pset border 2",
         [](PrintOptions& o) {
             o.line_style = LineStyle::unicode;
             o.border = 2;
         }},
        {"\\pset linestyle unicode\n\\pset border 2\n\\pset unicode_border_linestyle double\n\\pset unicode_header_linestyle double",
         [](PrintOptions& o) {
             o.line_style = LineStyle::unicode;
             o.border = 2;
             o.unicode_border = o.unicode_header = Stroke::double_line;
         }},
        {"\\pset linestyle unicode\n\\pset unicode_column_linestyle double",
         [](PrintOptions& o) {
             o.line_style = LineStyle::unicode;
             o.unicode_column = Stroke::double_line;
         }},
    };
    for (const auto& one : cases) expect_as_psql(one);
}

TEST(Print, expanded_and_wrapped_are_psqls) {
    const std::vector<Case> cases{
        {R"(\x)", [](PrintOptions& o) { o.expanded = Expanded::on; }},
        {R"(\x auto)", [](PrintOptions& o) { o.expanded = Expanded::automatic; }},
        {"\\x auto\n\\pset columns 60",
         [](PrintOptions& o) {
             o.expanded = Expanded::automatic;
             o.columns = 60;
         }},
        {"\\x\n\\t\n\\pset border 2\n\\pset null NULL",
         [](PrintOptions& o) {
             o.expanded = Expanded::on;
             o.tuples_only = true;
             o.border = 2;
             o.null = "NULL";
         }},
        {"\\x\n\\pset border 0\n\\pset title T",
         [](PrintOptions& o) {
             o.expanded = Expanded::on;
             o.border = 0;
             o.title = "T";
         }},
        {R"(\pset format wrapped)", [](PrintOptions& o) { o.format = PrintFormat::wrapped; }},
        {"\\pset format wrapped\n\\pset columns 100",
         [](PrintOptions& o) {
             o.format = PrintFormat::wrapped;
             o.columns = 100;
         }},
        {"\\pset format wrapped\n\\pset columns 30\n\\x\n\\pset linestyle unicode",
         [](PrintOptions& o) {
             o.format = PrintFormat::wrapped;
             o.columns = 30;
             o.expanded = Expanded::on;
             o.line_style = LineStyle::unicode;
         }},
    };
    for (const auto& one : cases) expect_as_psql(one);
}

TEST(Print, the_other_formats_are_psqls) {
    const std::vector<std::pair<std::string, PrintFormat>> formats{
        {"unaligned", PrintFormat::unaligned}, {"csv", PrintFormat::csv},     {"html", PrintFormat::html},
        {"asciidoc", PrintFormat::asciidoc},   {"latex", PrintFormat::latex}, {"latex-longtable", PrintFormat::latex_longtable},
        {"troff-ms", PrintFormat::troff_ms}};
    for (const auto& [name, format] : formats) {
        for (const bool full : {false, true}) {
            const auto plain = [form = format](PrintOptions& o) { o.format = form; };
            const auto with_all = [form = format](PrintOptions& o) {
                o.format = form;
                o.expanded = Expanded::on;
                o.title = "The <title>";
                o.table_attributes = "class=x";
                o.border = 2;
            };
            const std::string all = "\n\\x\n\\pset title 'The <title>'\n\\pset tableattr class=x\n\\pset border 2";
            expect_as_psql(full ? Case{"\\pset format " + name + all, with_all} : Case{"\\pset format " + name, plain});
        }
    }
    const std::vector<Case> separated{
        {"\\a\n\\t\n\\pset null -\n\\pset fieldsep ' ; '\n\\pset recordsep '\\n--\\n'",
         [](PrintOptions& o) {
             o.format = PrintFormat::unaligned;
             o.tuples_only = true;
             o.null = "-";
             o.field_separator = " ; ";
             o.record_separator = "\n--\n";
         }},
        {"\\a\n\\pset fieldsep_zero\n\\pset recordsep_zero",
         [](PrintOptions& o) {
             o.format = PrintFormat::unaligned;
             o.field_separator_zero = o.record_separator_zero = true;
         }},
        {"\\pset format csv\n\\pset csv_fieldsep ;\n\\t",
         [](PrintOptions& o) {
             o.format = PrintFormat::csv;
             o.csv_separator = ";";
             o.tuples_only = true;
         }},
    };
    for (const auto& one : separated) expect_as_psql(one);
}

TEST(Print, other_encodings_are_measured_by_their_own_rules) {
    PrintOptions options;
    options.encoding = "SJIS";
    Table table;
    table.columns = {{"a", false}, {"b", false}};
    table.cells = {"\x83\x5c", "x", "\xb1", "y"};  // of two columns; the second byte is a backslash's. Then one half-width character.
    EXPECT_EQ(text_of(table, options), " a  | b \n----+---\n \x83\x5c | x\n \xb1  | y\n(2 rows)\n\n");
    options.encoding = "no such encoding";
    table.cells = {"ä", "x"};
    EXPECT_EQ(text_of(table, options), " a | b \n---+---\n ä | x\n(1 row)\n\n");
}

TEST(Print, a_table_of_ours_is_printed_as_crosstabview_prints_it) {
    const std::string crosstab =
        psql("SELECT * FROM (VALUES ('r1', 'c1', 1), ('r1', 'c 2', 20), ('r2', 'c1', 3)) AS v (row, col, n) \\crosstabview\n");
    Table table;
    table.columns = {{"row", false}, {"c1", aligned_right(23)}, {"c 2", aligned_right(23)}};
    table.cells = {"r1", "1", "20", "r2", "3"};
    EXPECT_EQ(text_of(table, {}), crosstab);
}

TEST(Print, a_table_may_have_its_own_title_and_footers_or_nothing_at_all) {
    Table table;
    table.columns = {{"a", false}};
    table.cells = {"1"};
    table.title = "ours";
    table.footers = {"first", "second"};
    PrintOptions options;
    options.title = "theirs";
    EXPECT_EQ(text_of(table, options), "ours\n a \n---\n 1\nfirst\nsecond\n\n");
    EXPECT_EQ(text_of(Table(), {}), "--\n(0 rows)\n\n");
    EXPECT_EQ(text_of(Rows(), {}), "--\n(0 rows)\n\n");
}

TEST(Print, options_that_psql_does_not_know_are_harmless) {
    PrintOptions options;
    options.format = static_cast<PrintFormat>(77);
    options.border = -1;
    options.csv_separator = "";
    Table table;
    table.columns = {{"a\xff", false}};
    table.cells = {"b\xc3"};
    EXPECT_THAT(text_of(table, options), HasSubstr("b"));
    options.format = PrintFormat::csv;
    table.columns.push_back({"c", false});
    EXPECT_EQ(text_of(table, options), "a,c\nb,\n");
}

TEST(Print, a_long_result_comes_in_pieces) {
    const auto rows = query("SELECT repeat('x', 1000) AS x FROM generate_series(1, 1000)");
    std::size_t pieces = 0, bytes = 0, longest = 0;
    EXPECT_TRUE(print(rows, {}, [&](std::string_view piece) {
        ++pieces;
        bytes += piece.size();
        longest = std::max(longest, piece.size());
        return true;
    }));
    EXPECT_GT(bytes, 1'000'000U);
    EXPECT_GT(pieces, 10U);
    EXPECT_LE(longest, 64U * 1024);
}

TEST(Print, one_who_wants_no_more_is_not_asked_again_and_the_next_print_is_whole) {
    const auto rows = query("SELECT repeat('x', 1000) AS x FROM generate_series(1, 1000)");
    for (const auto format : {PrintFormat::aligned, PrintFormat::csv, PrintFormat::html}) {
        PrintOptions options;
        options.format = format;
        int calls = 0;
        EXPECT_FALSE(print(rows, options, [&calls](std::string_view) { return ++calls < 2; }));
        EXPECT_EQ(calls, 2);
        EXPECT_FALSE(print(query("SELECT 1"), options, [](std::string_view) { return false; }));
        EXPECT_THROW(print(rows, options, [](std::string_view) -> bool { throw std::runtime_error("full"); }), std::runtime_error);
    }
    EXPECT_EQ(text_of(query("SELECT 1 AS a"), {}), " a \n---\n 1\n(1 row)\n\n");
}

}  // namespace
}  // namespace pgprimer::pg
