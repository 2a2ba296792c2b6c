#pragma once
// One go at a plan: from connecting to the final row. All that it remembers of the servers goes with it, so that after a lost connection nothing
// remembered is trusted.
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "lock_watch.hpp"
#include "looks.hpp"
#include "pgprimer/engine/run.hpp"
#include "pgprimer/ledger/claim.hpp"
#include "pgprimer/ledger/lock.hpp"
#include "pgprimer/ledger/snapshot.hpp"
#include "pgprimer/pg/probe.hpp"
#include "pgprimer/plan/decide.hpp"
#include "pgprimer/steps/context.hpp"
#include "pgprimer/steps/look.hpp"
#include "pgprimer/steps/script_step.hpp"

namespace pgprimer::engine {

// A database: all targets with the same hosts, ports and name share its ledger and its lock.
struct Site {
    std::vector<const config::Target*> targets;
    std::optional<pg::Connection> session;  // probes and reads; then it is the lock's
    std::string postmaster_start;           // of the server that it is on
    std::unique_ptr<ledger::Lock> lock;
    std::optional<pg::Connection> ledger;        // writes rows outside the work's transactions
    std::unique_ptr<LockWatch> lock_watch;       // looks by `ledger`, which is idle while the work goes on
    std::map<std::string, pg::Connection> work;  // by target
    ledger::Snapshot snapshot;
    ledger::Run run;  // with this site's epoch
    std::vector<ledger::StepDigest> digests;
    std::vector<ledger::Timing> timings;

    [[nodiscard]] const config::Target& first() const { return *targets.front(); }
    void take(pg::Probed probed);
    [[nodiscard]] plan::Record* record(const plan::Key& key);
    void remember(plan::Record record);

    std::set<std::string> behind;  // ids of steps of which the snapshot holds less than what this run has recorded

private:
    struct Index {
        std::unordered_map<std::string, std::size_t> of;  // by item and unit
        const plan::Record* first = nullptr;              // of what it was made
        std::size_t size = 0;
    };
    std::map<std::string, Index> index_;  // by step
};

// A schema that was dropped, and perhaps made again, since units ran in it.
struct MovedSchema {
    std::uint32_t now = 0;  // its OID; 0: it is gone
    std::size_t rows = 0;
    std::set<std::string> steps;  // of this configuration

    [[nodiscard]] std::string told(const std::string& name) const;
};

struct StepResult {
    std::size_t applied = 0, unchanged = 0;
    std::string why;
};

class Round {
public:
    Round(const config::Config& config, const Request& request, const World& world, Looks& looks, const std::string& run_id);
    ~Round();
    Round(const Round&) = delete;
    Round& operator=(const Round&) = delete;

    Task<Result<Finished>> go();
    Task<Result<std::vector<std::string>>> baseline(const BaselineRequest& wanted);
    // `shown`: what it is to be, to be done; null: only looks.
    Task<Result<std::vector<std::string>>> repair(const RepairRequest& wanted, const std::vector<std::string>* shown);
    // The unit whose work a failure interrupted; "" for none.
    [[nodiscard]] const std::string& unit_in_work() const { return unit_in_work_; }
    // Ends what still waits in the background, frees the locks and closes all sessions.
    Task<void> close();

private:
    // connecting
    Task<Result<void>> connect();
    Task<void> glance();
    void fail_by_looks(Diagnostic why);
    void read_while_waiting();
    Task<Result<void>> read_ledgers(ledger::Units units);
    Task<Result<void>> read_rows(Site& site, pg::Connection& session);
    Task<Result<void>> catch_up(const config::Step& step, Site& site);
    Task<Result<void>> take_locks();
    [[nodiscard]] Result<void> check_site(const Site& site) const;
    Task<Result<void>> take_lock(Site& site);
    Task<Result<void>> reach_site(const config::Step& step);
    Task<Result<pg::Connection*>> work_session(const config::Step& step);
    Site& site_of(const config::Step& step);
    [[nodiscard]] bool is_pending(const config::Target& target) const;
    void watch(Site& site, const boost::asio::any_io_executor& executor);

    // deciding
    [[nodiscard]] std::string plan_id() const;
    [[nodiscard]] std::string plan_id_of(const std::map<std::string, std::string>& digests) const;
    Task<Result<std::optional<std::string>>> nothing_to_do();  // the plan's id, where nothing is
    Task<void> note_signatures();
    // The site's session sees what a step of this target and search_path sees; false: it is another role's. `prepared`: sites that were changed for
    // one.
    Task<Result<bool>> see_as(const config::Step& step, std::set<const Site*>& prepared);
    Task<Result<Finished>> plan_only();
    Task<Result<std::vector<Planned>>> plan_step(const config::Step& step, bool after_others);  // which have something to do
    Task<Result<pg::Connection*>> plan_session(const config::Step& step);
    // `fingerprint`: a hook's with inputs_sql, of which the files alone are no fingerprint.
    Result<std::vector<plan::Action>> decide(const config::Step& step, Site& site, const std::string& fingerprint = "");
    Task<Result<std::string>> first_contact(Site& site, pg::Connection& session);
    Task<Result<std::map<std::string, MovedSchema>>> moved_schemas(const Site& site, pg::Connection& session);
    Task<Result<void>> compare_schemas(Site& site);
    // After a unit that may have dropped a schema and made it again: what stands before it stays done, the rest of that schema's units is void.
    // `now_done`: the units of this step that were carried out or skipped so far. Whether any row was void.
    Task<Result<bool>> follow_schemas(const config::Step& step, const std::set<std::string>& now_done, Site& site);
    // Shell scripts that are to be run and cannot be: before anything is.
    Result<void> check_shell_scripts();
    Task<Result<void>> check_shell_scripts_first();  // without lock
    Result<void> check_renames(const config::Step& step, const Site& site) const;
    [[nodiscard]] bool is_wanted(const config::Step& step) const;
    Task<Result<std::string>> hook_fingerprint(const config::Step& step, pg::Connection& session);

    // repairing
    struct Mending {
        std::string text, sql;  // what is changed, for people; statements for a transaction
    };
    Result<std::vector<Mending>> mendings(const RepairRequest& wanted, const Site& site);
    Result<std::vector<Mending>> mend_units(const RepairRequest& wanted, const std::string& step_id, const Site& site);
    Result<std::vector<Mending>> rename_step(const RepairRequest& wanted, const Site& site);
    Task<Result<std::vector<Mending>>> look_mendings(const RepairRequest& wanted, Site& site, pg::Connection& session);
    Task<Result<void>> carry_out(std::vector<Mending> mendings, Site& site, pg::Connection& session);

    // acting
    Task<Result<void>> all_steps();
    Task<Result<void>> one_step(const config::Step& step);
    Task<Result<StepResult>> act(const config::Step& step);
    Task<Result<StepResult>> act_kind(const config::Step& step, Site& site);
    // Work of a step under the eyes of its site's LockWatch; null: of another program's sessions.
    template <class T>
    Task<T> watched(const config::Step& step, const std::string& unit, const pg::Connection* session, Task<T> work) {
        LockWatch::Work what{session != nullptr ? session->backend_pid() : 0, ledger::session_name(run_id_, step.id), step.name, unit};
        return site_of(step).lock_watch->during(std::move(what), std::move(work));
    }
    Task<Result<void>> before_retry(const config::Step& step, std::string what, int attempt);  // of 1 to retries
    Task<Result<void>> before_lock_retry(const config::Step& step, const std::string& unit, const Diagnostic& why, SteadyClock::duration pause,
                                         int attempt, Deadline deadline);
    Task<Result<StepResult>> act_scripts(const config::Step& step, Site& site);
    struct Scripts;
    [[nodiscard]] steps::ScriptWork work_of(const config::Step& step, const Site& site, const plan::Action& action) const;
    Task<Result<void>> take_up(Scripts& s, const plan::Action& action);
    Task<Result<void>> apply_waiting(Scripts& s);
    Task<Result<void>> settle(Scripts& s);
    Task<Result<void>> end_queue(Scripts& s);
    Task<Result<bool>> send_ahead(Scripts& s, steps::ScriptWork& work);
    Task<Result<void>> take_oldest(Scripts& s);
    Task<Result<void>> apply_alone(Scripts& s, steps::ScriptWork work, std::optional<Diagnostic> failed);
    Task<Result<void>> applied(Scripts& s, const plan::Record& record, bool drops_schema);
    // One with its row; whether it may have dropped a schema.
    Task<Result<bool>> apply_script(const config::Step& step, Site& site, steps::ScriptWork work, Deadline deadline,
                                    std::optional<Diagnostic> failed);
    Task<Result<bool>> apply_shell_script(const config::Step& step, Site& site, steps::ScriptWork work, Deadline deadline);
    void tell_ignored(const config::Step& step) const;
    Task<Result<StepResult>> act_hook(const config::Step& step, Site& site);
    Task<Result<StepResult>> act_ensure(const config::Step& step);
    Task<Result<StepResult>> act_expect(const config::Step& step);
    Task<Result<StepResult>> act_flush(const config::Step& step, Site& site);
    static bool is_invalidated(const config::Flush& flush, const config::Step& step);
    void forget_voided(const config::Flush& flush, Site& site);
    Task<Result<void>> write_row(Site& site, plan::Record record);
    Task<Result<void>> note_error(Site& site, plan::Key key, std::string error);
    Task<void> record_failure(const config::Step& step, const Diagnostic& why);
    Task<Result<void>> note_timings(Site& site, Deadline deadline);
    Task<Result<void>> finish();

    [[nodiscard]] steps::Context context(const Site& site) const;
    [[nodiscard]] Deadline working() { return Deadline::never(&stop_); }
    [[nodiscard]] Deadline waiting() { return Deadline::after(config_.wait_timeout, &stop_); }
    [[nodiscard]] std::string blame(const std::string& kind, const std::string& name) const;
    [[nodiscard]] plan::Record row(const config::Step& step, const std::string& unit, plan::State state, const std::string& checksum) const;

    const config::Config& config_;
    const Request& request_;
    const World& world_;
    Looks& looks_;
    bool glanced_ = false, wants_read_ = false;
    std::optional<Diagnostic> looks_failure_;  // met while connecting or waiting
    std::string run_id_;
    Stop stop_;  // of this round: requested by the process's, or when a lock's session is lost
    Stop::Registration chained_;
    std::vector<std::unique_ptr<Site>> sites_;
    std::set<std::string> done_, failed_;  // step ids
    std::set<std::string> again_;          // ids of steps whose records a flush has voided
    std::string unit_in_work_;             // whose failure is to be recorded
    std::shared_ptr<int> watchers_ = std::make_shared<int>(0);
    Signal watchers_changed_;
    SteadyClock::time_point began_ = SteadyClock::now();
};

}  // namespace pgprimer::engine
