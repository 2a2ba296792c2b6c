#pragma once
// What the tests of script share: a database of a test's own with a little ledger in it, and scripts in memory.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "pgprimer/script/player.hpp"
#include "support/fake_files.hpp"
#include "support/fault_proxy.hpp"
#include "support/run_task.hpp"
#include "support/shared_server.hpp"

namespace pgprimer::script {

using test::ask;
using test::connect;
using test::server;
using test::soon;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Output, notices and problems, a line each.
struct Heard final : event::Listener {
    void hear(const event::Event& event) override;
    std::vector<std::string> lines;
};

// "done 3", or "file:line:column SQLSTATE message".
std::string told(const Result<Played>& played);

// A database with table `led` for the rows of whole units and `progress` for those of stepwise ones; the script is /s/a.sql.
class Stage {
public:
    explicit Stage(const std::string& script);

    Unit unit(Mode mode);
    // Plays it on a session of its own.
    Result<Played> played(const Unit& unit);
    Result<Played> played(const Unit& unit, pg::Address through);
    Result<Played> played(Mode mode) { return played(unit(mode)); }
    std::string asked(const std::string& sql);
    std::string row() { return asked("SELECT count(*) FROM led"); }
    // "partial 1:3 CREATE TABLE" a row.
    std::string progress();
    std::optional<Position> last_position();
    // Goes on after the last row of progress, whatever it says.
    void resume(Unit& unit);
    [[nodiscard]] const std::string& database() const { return database_; }

    test::FakeFiles files;
    event::Bus bus;
    Heard heard;
    World world;
    pg::Address address;
    std::size_t round_trips = 0;

private:
    std::string database_;
};

}  // namespace pgprimer::script
