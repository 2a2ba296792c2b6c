#pragma once
// Pulls statements and meta-commands out of a script with psql's own scanner, in memory bounded by the longest statement (COPY data
// streams in pieces). Knows no database: the caller supplies variables and what the server reports.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pgprimer/base/result.hpp"
#include "pgprimer/io/files.hpp"
#include "pgprimer/sql/meta.hpp"
#include "pgprimer/sql/script.hpp"
#include "pgprimer/sql/statement.hpp"

namespace pgprimer::sql {

// What scanning depends on. Asked anew at each line, as psql does.
class Surroundings {
public:
    virtual ~Surroundings() = default;
    [[nodiscard]] virtual std::optional<std::string> variable(const std::string& name) const = 0;
    [[nodiscard]] virtual bool standard_conforming_strings() const { return true; }
    [[nodiscard]] virtual std::string client_encoding() const { return "UTF8"; }  // psql's names
    [[nodiscard]] virtual bool singleline() const { return false; }               // the end of a line ends a statement, too
    // A value as a literal or a name of SQL, in the encoding of the script.
    [[nodiscard]] virtual std::string quoted(const std::string& value, bool is_name) const;
    // Of a program in backticks, without a final line feed.
    [[nodiscard]] virtual Result<std::string> output_of(std::string_view program) const;
    // A line is about to be scanned.
    virtual void line_begins(std::string_view /*line*/) const {}
    // Why a command that sends a statement does not: it is collected on then, as psql does.
    [[nodiscard]] virtual std::optional<Diagnostic> refuses(const Meta& /*meta*/) const { return std::nullopt; }
    // Statements that were given have not been executed yet, and nothing above tells what they will have changed.
    [[nodiscard]] virtual bool unsettled() const { return false; }
};

// What the next line says depends on how earlier statements end: to be asked again once they have.
struct Pause {};
// A semicolon without a statement before it: psql sends nothing, and that ends well.
struct Empty {};
struct End {};

using Item = std::variant<Statement, Meta, Pause, Empty, End>;

// A script's bytes, unpacked by its name; a folder is refused.
Result<std::unique_ptr<io::Source>> open_script(const io::Files& files, const Script& script);

class Reader {
public:
    // Of open_script(). next() refuses what is not SQL text: PGDMP (use pg_restore), UTF-16, archives under another name, NUL bytes.
    static Result<Reader> open(const io::Files& files, const Script& script, const Surroundings& surroundings);
    // Of a source already open: standard input, tests.
    Reader(std::unique_ptr<io::Source> source, Script script, const Surroundings& surroundings);
    Reader(Reader&&) noexcept;
    Reader& operator=(Reader&&) noexcept;
    ~Reader();

    // The next statement or meta-command; \if and its kin are carried out here, and what stands in a branch that is not taken is passed over.
    // An unterminated statement at the end of the file is given like a terminated one, as psql sends it; `unfinished` says what is open in it.
    Result<Item> next();
    // Every branch of \if is read, whatever its condition: for a look at the whole file.
    void take_all_branches();
    [[nodiscard]] bool in_branch() const;  // between an \if and its \endif

    // After a Statement with copy_from_stdin was executed and the server took data: pieces of at most 64 KiB of whole or partial lines, line
    // ends as written, without the final `\.`; nullopt at `\.` or the end of the file. To be called until nullopt, also to skip.
    Result<std::optional<std::string_view>> copy_data();
    // Line number of the COPY data line `index` (from 1), for the server's "COPY t, line 3" context.
    [[nodiscard]] int copy_line(int index) const;

    [[nodiscard]] const Script& script() const;
    [[nodiscard]] Place place() const;  // where it reads now

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace pgprimer::sql
