#pragma once
// One script being played: what its parts share.
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "output.hpp"
#include "pgprimer/io/digest.hpp"
#include "pgprimer/script/player.hpp"
#include "pgprimer/script/variables.hpp"
#include "pgprimer/sql/copy_command.hpp"
#include "pgprimer/sql/reader.hpp"
#include "standard_input.hpp"

namespace pgprimer::script {

using StatementPtr = std::shared_ptr<const sql::Statement>;

class Session {
public:
    Session(const Unit& unit, pg::Connection& home, const World& world, Deadline deadline);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // Another script after the unit's, or instead of it: the session, its variables and its output stay.
    Result<void> open(const sql::Script& script);
    // One of psql's -c: what reads inline data there reads standard input.
    void open_command(std::string text);
    Task<Result<void>> execute_given(std::string text);
    Task<Result<void>> write_to(const std::string& file);  // -o

    // The next statement, meta-commands carried out on the way and includes followed; null at the end of the script, and `paused` is set where
    // what was given has to be executed before more can be read.
    Task<Result<StatementPtr>> next();
    [[nodiscard]] bool paused() const { return paused_; }

    // Sends it as its ending (\g, \gexec ...) wants and takes all its results, its inline COPY data with them. A failure has its place.
    Task<Result<void>> execute(const sql::Statement& statement);
    // execute() within what psql does around a statement: AUTOCOMMIT off, ON_ERROR_ROLLBACK.
    Task<Result<void>> execute_as_psql(const sql::Statement& statement);
    // Statements of our own, on the session the script is on. A failure has no place.
    Task<Result<void>> internal(std::string sql);
    // The same on the session that can write the ledger.
    Task<Result<void>> internal_home(std::string sql);
    // Skips the COPY data of a statement that is not executed, but for the first `taken` blocks of it.
    Result<void> skip_data(const sql::Statement& statement, int taken = 0);
    // ROLLBACK where a transaction is open; best effort, under its own 2 s.
    Task<void> roll_back();
    // Commits wait for no disk from now on; make_durable() makes good for it.
    Task<Result<void>> commit_lazily();
    Task<Result<void>> make_durable();
    // Before a statement that can see whether commits have waited: they have, and the session is set as the script left it.
    [[nodiscard]] static bool sees_commits(const sql::Statement& statement);
    Task<Result<void>> wait_for_commits(const sql::Statement& statement);
    // The next statement is not to be sent ahead: \bind, \timing, ECHO, FETCH_COUNT.
    [[nodiscard]] bool acts_alone() const {
        return bound_.has_value() || times_ || variables_.echo() != Variables::Echo::none || variables_.fetch_count() > 0;
    }
    // The names of what has rules of people in this database. Asked once, and again after a statement that may have made one.
    [[nodiscard]] bool knows_rules() const { return ruled_.has_value(); }
    Task<Result<void>> look_for_rules();
    [[nodiscard]] bool names_ruled(const sql::Statement& statement) const;
    [[nodiscard]] bool drops_results() const { return skipping_ || results_->drops(); }
    // \o's file or program is closed; nothing is written any more.
    Task<Result<void>> close();

    // A failure that ON_ERROR_STOP = off passes over: said, counted. False: the script ends with it.
    bool forgives(const Diagnostic& failure);
    [[nodiscard]] std::size_t failures() const { return failures_; }
    // Rows of a result that comes one by one, up to FETCH_COUNT.
    struct Part {
        pg::Rows rows;
        bool any = false;
        unsigned long before = 0;  // rows printed already
    };
    // Of results that came by another way than execute().
    Task<Result<void>> show(const pg::Rows& rows, Part* part = nullptr);
    void note_outcome(const pg::Rows& rows);
    void note_failure(const Diagnostic& why);

    // The failure with file, line, column, the line's text and the chain of includes.
    [[nodiscard]] Diagnostic placed(Diagnostic failure, const sql::Statement& statement) const;
    [[nodiscard]] const Unit& unit() const { return unit_; }
    [[nodiscard]] const World& world() const { return world_; }
    [[nodiscard]] pg::Connection& connection() { return away_ ? *away_ : home_; }
    [[nodiscard]] bool is_away() const { return away_.has_value(); }
    [[nodiscard]] bool left_home() const { return left_home_; }
    [[nodiscard]] bool drops_schema() const { return drops_schema_; }
    [[nodiscard]] Deadline deadline() const { return deadline_; }
    [[nodiscard]] Variables& variables() { return variables_; }
    void skipping(bool on) { skipping_ = on; }  // a resumed prefix: nothing is printed
    void note_place(const sql::Statement& statement) {
        place_ = statement.place;
        current_ = &statement;
    }
    void note_done() { current_ = nullptr; }
    // As much of it as VERBOSITY and SHOW_CONTEXT ask for, where we are psql.
    [[nodiscard]] Diagnostic worded(Diagnostic why) const;
    void listen() { listen(connection()); }  // its notices are this script's

private:
    struct Open {
        std::unique_ptr<sql::Reader> reader;
        Place from;  // where it was included
    };
    // Where the data of a COPY comes from or goes to, other than the script itself and where results go.
    struct Ends {
        std::function<Task<Result<std::optional<std::string_view>>>(bool binary)> read;
        Target* write = nullptr;
        bool to_results = false;  // though `write` is set
    };
    // parts.cpp
    void forget_script();
    [[nodiscard]] bool reads_standard_input() const { return given_ && open_.size() <= 1; }
    [[nodiscard]] Ends own_ends();
    enum class Last { print, keep };  // what becomes of a statement's last rows

    // meta.cpp
    Task<Result<void>> meta(const sql::Meta& meta);
    Task<Result<void>> act(const sql::Meta& meta);
    Result<void> restrict(const sql::Meta& meta);
    Result<void> set(const sql::Meta& meta);
    Result<void> set_timing(const sql::Meta& meta);
    void name_password_file(pg::Address& address) const;
    Result<void> change_folder(const sql::Meta& meta);
    Result<void> echo(const sql::Meta& meta);
    Task<Result<void>> write_buffer(const sql::Meta& meta);
    Task<Result<void>> redirect(const sql::Meta& meta);
    Task<Result<void>> connect(const sql::Meta& meta);
    Task<Result<void>> encoding(const sql::Meta& meta);
    Task<Result<void>> shell(const sql::Meta& meta);
    Result<void> include(const sql::Meta& meta, bool relative);
    // large_object.cpp
    Task<Result<void>> large_object(const sql::Meta& meta);
    Task<Result<void>> hidden(std::string sql);
    Task<Result<std::string>> carry_out(const sql::Meta& meta);
    Task<Result<std::string>> import_object(const std::string& path);
    Task<Result<void>> export_object(const std::string& oid, const std::string& path);
    // copy.cpp
    Task<Result<void>> copy(const sql::Meta& meta);
    Task<Result<void>> copy_with(const sql::CopyCommand& command, const sql::Statement& statement);
    // execute.cpp, endings.cpp
    Task<Result<pg::Rows>> take(const sql::Statement& statement, Last last, const Ends& ends);
    Task<Result<void>> send_and_print(const sql::Statement& statement);
    Task<Result<void>> send_to(const sql::Statement& statement);
    Task<Result<void>> set_variables(const sql::Statement& statement);
    Task<Result<void>> execute_cells(const sql::Statement& statement);
    Task<Result<void>> describe(const sql::Statement& statement);
    Task<Result<void>> crosstab(const sql::Statement& statement);
    Task<Result<void>> feed(const Ends& ends, bool binary, Diagnostic* failure);
    Task<Result<void>> drain_out(Target& to);
    Task<Result<void>> show_part(Part& part, bool ends);
    Task<Result<void>> add_to_part(Part& part, const pg::Rows& row);

    void listen(pg::Connection& connection);
    [[nodiscard]] event::Notice heard(const pg::Notice& notice) const;
    void say(std::string text);  // \echo's way
    StatementPtr follow(sql::Statement statement);
    void note_effects(const sql::Statement& statement);
    [[nodiscard]] Diagnostic at(const sql::Meta& meta, Diagnostic failure) const;
    [[nodiscard]] std::vector<Place> chain() const;
    [[nodiscard]] std::filesystem::path resolve(const std::string& path) const;

    const Unit& unit_;
    pg::Connection& home_;
    const World& world_;
    Deadline deadline_;
    Variables variables_;
    const pg::Address first_;  // where the script began
    std::optional<pg::Connection> away_;
    bool lazy_ = false;          // of this connection
    bool sets_commits_ = false;  // the script sets synchronous_commit itself
    bool nowhere_ = false;       // \connect failed, and ON_ERROR_STOP is off
    std::vector<Open> open_;     // the files being read, innermost last
    std::optional<std::string> restricted_;
    std::optional<std::vector<std::string>> bound_;  // \bind
    std::map<std::string, std::string> environment_;
    std::filesystem::path folder_;  // \cd
    pg::PrintOptions print_;
    Target standard_, initial_, dropped_;
    StandardInput standard_input_;
    bool given_ = false;                // what runs is a -c
    std::optional<Target> redirected_;  // \o
    Target* results_ = nullptr;         // where they go now
    StatementPtr last_;                 // what \g alone sends again
    std::optional<sql::Meta> held_;     // read, but to be carried out after the statements before it
    std::optional<Diagnostic> last_failure_;
    Place place_;                                    // of the statement in work, for notices
    const sql::Statement* current_ = nullptr;        // that one, while it is
    std::optional<std::vector<std::string>> ruled_;  // look_for_rules()
    int number_ = 0;                                 // of the last statement
    std::size_t failures_ = 0;
    bool begun_ = false;
    bool paused_ = false;
    bool was_empty_ = false;  // a semicolon alone
    bool left_home_ = false;
    bool skipping_ = false;
    bool times_ = false;  // \timing
    bool drops_schema_ = false;
};

// The modes; each plays the whole script.
Task<Result<Played>> play_whole(Session& session);
Task<Result<Played>> play_stepwise(Session& session);
Task<Result<Played>> play_autocommit(Session& session);

}  // namespace pgprimer::script
