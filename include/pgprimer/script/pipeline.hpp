#pragma once
// Whole scripts one behind the other, each in its own transaction with its row, sent before the results of those ahead are there: a round trip for
// many. One Sync ends them all and none stands between, so that an error, of a COMMIT too, fails all that follow ([T] with a Sync each, a deferred
// foreign key failed the second of four and let the third and the fourth through).
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "pgprimer/script/player.hpp"

namespace pgprimer::script {

class Pipeline {
public:
    // Both have to outlive it; nothing else uses the session until end().
    Pipeline(pg::Connection& session, const World& world, Deadline deadline);
    ~Pipeline();
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;

    // Of whole units whose survey says `pipelines`. Sends `before` in a transaction of its own (single statements: the session's settings), then the
    // unit. False: it is too large, nothing was sent. Failures are those of reading the script.
    Task<Result<bool>> send(Unit unit, const std::vector<std::string>& before);
    // How the oldest ended; as play(). After a failure the pipeline is ended, and what was sent behind it has not been executed.
    Task<Result<Played>> take();
    // Where nothing is on its way any more: the session is free again.
    Task<Result<void>> end();

    [[nodiscard]] bool full() const;          // take() before more is sent
    [[nodiscard]] bool drops_schema() const;  // the last one sent speaks of it

private:
    struct Sent;
    Task<Result<Played>> outcome(Sent& sent);
    Task<Result<void>> drain();

    pg::Connection& session_;
    const World& world_;
    Deadline deadline_;
    std::deque<std::unique_ptr<Sent>> sent_;
    std::size_t bytes_ = 0;
    bool open_ = false;
};

}  // namespace pgprimer::script
