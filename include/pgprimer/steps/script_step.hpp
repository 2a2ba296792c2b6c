#pragma once
// sql and migrations: one script of either, applied with its row.
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "pgprimer/base/async.hpp"
#include "pgprimer/plan/action.hpp"
#include "pgprimer/script/pipeline.hpp"
#include "pgprimer/script/player.hpp"
#include "pgprimer/sql/script.hpp"
#include "pgprimer/steps/context.hpp"

namespace pgprimer::steps {

struct ScriptWork {
    sql::Script script;
    plan::Record record;                   // as it is to be written: key, kind, checksum
    std::optional<plan::Record> previous;  // what the ledger holds now
    plan::What what = plan::What::apply;
    std::string why;
    config::TransactionMode mode = config::TransactionMode::automatic;
    bool file_wants_no_transaction = false;  // a dialect's mark
    bool first_contact = false;              // no plan has ended well in this database yet
    bool told = false;                       // that it has begun: this is another try
    std::optional<sql::Survey> survey;       // where the file has been looked at already
};

// Prepares the session, surveys the file, runs it whole or stepwise; retries what the server says may be retried (40001, 40P01, "tuple concurrently
// updated"). Error::lost also where another run has taken over. Error::config before anything has run: meta-commands that are not supported, file
// changed since it was hashed. `failed`: it has been tried, in a ScriptQueue, and this is how it ended.
Task<Result<script::Played>> apply_script(ScriptWork work, pg::Connection& session, const config::Step& step, const Context& context,
                                          Deadline deadline, std::optional<Diagnostic> failed = {});

// Scripts on their way, sent before the results of those ahead are there: whole ones of plain statements, each in its own transaction with its row.
class ScriptQueue {
public:
    // `session` and `step` have to outlive it; nothing else uses the session until it is empty and ended.
    ScriptQueue(pg::Connection& session, const config::Step& step, Context context, Deadline deadline);

    // False: it is to be applied alone, once the queue is empty. The survey that it takes for this stays in `work`.
    Task<Result<bool>> send(ScriptWork& work);
    [[nodiscard]] bool full() const { return closed_ || pipeline_.full(); }  // take() before more is sent
    [[nodiscard]] bool empty() const { return works_.empty(); }
    [[nodiscard]] const ScriptWork& oldest() const { return works_.front(); }
    // How the oldest ended. Those behind one that failed have not been executed; they are still there to be taken back.
    Task<Result<script::Played>> take();
    [[nodiscard]] std::deque<ScriptWork> take_back() { return std::exchange(works_, {}); }
    Task<Result<void>> end() { return pipeline_.end(); }
    [[nodiscard]] const pg::Connection& session() const { return session_; }

private:
    pg::Connection& session_;
    const config::Step& step_;
    Context context_;
    Deadline deadline_;
    script::World world_;
    script::Pipeline pipeline_;
    std::deque<ScriptWork> works_;
    bool prepared_ = false;
    bool closed_ = false;  // what comes behind has to see how the last one ended
};

}  // namespace pgprimer::steps
