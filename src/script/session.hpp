#pragma once
// One script being played: what its parts share.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pgprimer/io/digest.hpp"
#include "pgprimer/script/player.hpp"
#include "pgprimer/script/variables.hpp"
#include "pgprimer/sql/reader.hpp"

namespace pgprimer::script {

class Session {
public:
    Session(const Unit& unit, pg::Connection& home, const World& world, Deadline deadline);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // The next statement, meta-commands carried out on the way and includes followed; nullopt at the end of the script.
    Task<Result<std::optional<sql::Statement>>> next();

    // Sends it and takes all its results, its inline COPY data with them. A failure has its place.
    Task<Result<void>> execute(const sql::Statement& statement);
    // Statements of our own, on the session the script is on. A failure has no place.
    Task<Result<void>> internal(std::string sql);
    // The same on the session that can write the ledger.
    Task<Result<void>> internal_home(std::string sql);
    // Skips the COPY data of a statement that is not executed.
    Result<void> skip_data(const sql::Statement& statement);
    // ROLLBACK where a transaction is open; best effort, under its own 2 s.
    Task<void> roll_back();

    // The failure with file, line, column, the line's text and the chain of includes.
    [[nodiscard]] Diagnostic placed(Diagnostic failure, const sql::Statement& statement) const;
    [[nodiscard]] const Unit& unit() const { return unit_; }
    [[nodiscard]] const World& world() const { return world_; }
    [[nodiscard]] pg::Connection& connection() { return away_ ? *away_ : home_; }
    [[nodiscard]] bool is_away() const { return away_.has_value(); }
    [[nodiscard]] bool left_home() const { return left_home_; }
    [[nodiscard]] bool drops_schema() const { return drops_schema_; }
    [[nodiscard]] Deadline deadline() const { return deadline_; }
    void skipping(bool on) { skipping_ = on; }  // a resumed prefix: \echo stays silent
    void note_place(const sql::Statement& statement) { place_ = statement.place; }

private:
    struct Open {
        std::unique_ptr<sql::Reader> reader;
        Place from;  // where it was included
    };
    Task<Result<void>> meta(const sql::Meta& meta);
    Task<Result<void>> connect(const sql::Meta& meta);
    Result<void> include(const sql::Meta& meta, bool relative);
    void listen(pg::Connection& connection);
    Task<Result<void>> feed(Diagnostic* failure);
    Task<Result<void>> drain_out();
    [[nodiscard]] Diagnostic at(const sql::Meta& meta, Diagnostic failure) const;
    [[nodiscard]] std::vector<Place> chain() const;

    const Unit& unit_;
    pg::Connection& home_;
    const World& world_;
    Deadline deadline_;
    Variables variables_;
    std::optional<pg::Connection> away_;
    std::vector<Open> open_;  // the files being read, innermost last
    std::optional<std::string> restricted_;
    Place place_;     // of the statement in work, for notices
    int number_ = 0;  // of the last statement
    bool left_home_ = false;
    bool skipping_ = false;
    bool drops_schema_ = false;
};

// The modes; each plays the whole script.
Task<Result<Played>> play_whole(Session& session);
Task<Result<Played>> play_pipelined(Session& session);
Task<Result<Played>> play_stepwise(Session& session);
Task<Result<Played>> play_autocommit(Session& session);

}  // namespace pgprimer::script
