#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pgprimer/base/diagnostic.hpp"
#include "pgprimer/sql/meta.hpp"

namespace pgprimer::sql {

// What a statement's leading keywords tell, without a database. A wrong guess is mended by the server's answer (25001, 55P04, ...).
struct Traits {
    enum class Control { none, begin, commit, rollback, savepoint, prepare_transaction };
    Control control = Control::none;   // savepoint: SAVEPOINT, RELEASE, ROLLBACK TO
    std::string begin_options;         // "ISOLATION LEVEL SERIALIZABLE READ ONLY": what stands after BEGIN or START TRANSACTION
    bool chain = false;                // COMMIT AND CHAIN
    bool reads_only = false;           // SET TRANSACTION READ ONLY, BEGIN READ ONLY
    bool sets_transaction = false;     // SET TRANSACTION ..., SET SESSION CHARACTERISTICS does not count
    bool refuses_transaction = false;  // CREATE DATABASE, VACUUM, CREATE INDEX CONCURRENTLY, ... (FACTS: PostgreSQL 15 to 17)
    bool may_commit = false;           // CALL, DO with COMMIT or ROLLBACK in its body
    bool copy_from_stdin = false;
    int copies_in = 0;  // how many COPY FROM STDIN: one, but for statements joined by \;
    bool copy_to_stdout = false;
    bool copy_outside = false;      // COPY to or from a server's file or program: cannot be rolled back
    bool adds_enum_value = false;   // ALTER TYPE ... ADD VALUE
    bool lives_in_session = false;  // temporary tables, PREPARE, DECLARE WITH HOLD, LISTEN: a later statement may rest on it
    bool changes_settings = false;  // SET (but LOCAL), RESET, DISCARD, set_config(
    bool sets_role = false;         // SET ROLE, SET SESSION AUTHORIZATION, RESET of these
    bool touches_globals = false;   // roles, databases, tablespaces
    bool is_plain = false;          // INSERT, UPDATE, DELETE, SELECT, DDL: may be sent by the extended protocol
    std::string verb;               // "CREATE INDEX CONCURRENTLY": leading keywords, upper case, for messages
};

// One statement (several with `\;`) as it is sent.
struct Statement {
    std::string text;        // without the final semicolon and without comments before it
    std::string lead, tail;  // these, of a script of psql: what psql sends around it
    Place place;             // of its first character that is neither space nor comment
    int number = 0;          // from 1, in its file
    bool multiple = false;   // joined by \;
    bool alone = false;      // what stands beside it on its line may depend on how it ends
    bool repeated = false;   // not collected: the last statement, sent again by `then`
    Traits traits;
    std::vector<Place> included_from;      // of its file, innermost first; whoever executes it knows
    std::optional<Meta> then;              // the command that sends it: \g \gset ...
    std::optional<Diagnostic> unfinished;  // the file ends inside a quote, comment or parenthesis of it

    // Where variables were replaced, so that places can be told: at byte `at` of text, `sent` bytes stand for `written` bytes.
    struct Replacement {
        std::size_t at = 0, sent = 0, written = 0;
    };
    std::vector<Replacement> replacements;
    static constexpr std::size_t most_source = 64U << 10U;
    std::string source;  // the statement as written in the file, from `place`'s line start (for the caret); cut to most_source

    // What psql sends.
    [[nodiscard]] std::string sent() const { return lead + text + tail; }
    // Place of the server's position (characters from 1) and that line's text.
    [[nodiscard]] Place place_of(int server_position) const;
    [[nodiscard]] std::string line_of(int server_position) const;
    // Position of the first word in a line (from 1) of the body, as PL/pgSQL counts the lines of a DO block; 0: there is none.
    [[nodiscard]] int position_in_block(int line) const;
};

Traits classify(std::string_view statement);

}  // namespace pgprimer::sql
