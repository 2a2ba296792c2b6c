#pragma once
// What a Reader knows between two items.
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "branches.hpp"
#include "input.hpp"
#include "pgprimer/sql/reader.hpp"
#include "scanner.h"

namespace pgprimer::sql {

struct DestroyScanner {
    void operator()(pgprimer_scanner* s) const { pgprimer_scanner_destroy(s); }
};

struct Reader::State {
    State(std::unique_ptr<io::Source> bytes, Script s, const Surroundings& around);
    static char* variable(const char* name, pgprimer_quote quote, void* passthrough);

    [[nodiscard]] std::size_t size() const { return pgprimer_scanner_size(scanner.get()); }
    [[nodiscard]] bool holds_statement() const;
    [[nodiscard]] bool is_taken() const { return branches.taken(); }
    [[nodiscard]] Place here(std::size_t byte) const;
    [[nodiscard]] std::string shown() const { return script.name.empty() ? script.path : script.name; }
    [[nodiscard]] Diagnostic not_text(std::string message) const;
    [[nodiscard]] Diagnostic failure(std::string message, Place at) const;
    [[nodiscard]] std::size_t source_at(std::size_t byte) const { return line_source + byte; }

    Result<bool> read_line();
    Result<void> replace_placeholders();
    void set_up(std::size_t from);
    void begin_line();
    Result<Item> scan_on(bool* found);
    Result<Item> command(bool* found);
    Result<void> branch(const Meta& meta);
    Item query_command(Meta meta, bool* found);
    Item finished();
    Result<Item> block();
    Result<Item> at_end();
    void note_scanned(std::size_t before, std::size_t from, std::size_t to);
    void note_command(bool was_taken, std::size_t begin);
    void note_place();
    void keep_source(std::string_view text);
    void truncate(std::size_t length, int parentheses);
    Statement take_statement();

    Script script;
    Input input;
    const Surroundings* surroundings;
    std::unique_ptr<pgprimer_scanner, DestroyScanner> scanner;
    Branches branches;
    std::string line;  // being scanned
    int line_number = 0;
    std::size_t line_at = 0;      // how far
    std::size_t line_source = 0;  // where the line begins in the statement's source, had it not been cut
    std::size_t scan_begin = 0;   // where in the line the scanner's own counting begins
    bool scanning = false;        // the scanner is set up
    bool read_ahead = false;      // the line is read, the scanner not set up
    bool depends = false;         // the line speaks of how statements ended
    bool first = true;
    bool broken = false;                         // nothing can be read any more
    bool quit = false;                           // \\q: what is collected is the last statement
    std::size_t newline_at = std::string::npos;  // where the line feed before this line stands in the statement
    int number = 0;
    int data_line = 0;  // the first of the COPY data read last
    bool in_data = false;

    // Of the statement being collected.
    Place place;
    std::string source;
    std::vector<Statement::Replacement> replacements;
    bool joined = false, escaped = false;
    pgprimer_inside inside = PGPRIMER_NOTHING;
    std::size_t hidden_source = 0;  // where a branch that is not taken began

    // Placeholders replaced in this line: as Statement::Replacement, `at` in the line.
    std::vector<Statement::Replacement> line_replacements;
    std::string written_line;
};

// The part of a line that is shown.
std::string cut_line(std::string_view line);

}  // namespace pgprimer::sql
