#include "pgprimer/steps/ensure.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <random>

#include "ensure_compare.hpp"

namespace pgprimer::steps {
namespace {

constexpr int most_conflicts = 20;  // of one change; each means that somebody else got on
constexpr int most_times = 2;       // that one change is carried out: what it is about may have been added to meanwhile

// What another starter that does the same at the same moment brings about. Looking again tells what is left to do.
bool is_conflict(const Diagnostic& error) {
    static constexpr std::array<std::string_view, 12> states = {
        "42710",                                      // duplicate object: role, extension
        "42P04", "42P06", "42P07", "42701", "42723",  // duplicate database, schema, table, column, function
        "23505",                                      // the same, met in a catalog's index
        "40001", "40P01",
        "55006",  // a template that somebody is copying
        "55000",  // an object that changes at this moment
        "XX000",  // tuple concurrently updated (or deleted)
    };
    return error.error == Error::failed && std::ranges::find(states, error.sqlstate) != states.end() &&
           (error.sqlstate != "XX000" || error.message.find("concurrently") != std::string::npos);
}

SteadyClock::duration pause() {
    static std::minstd_rand random(std::random_device{}());
    return std::chrono::milliseconds(std::uniform_int_distribution<int>(5, 50)(random));
}

Diagnostic failed(const Change& change, Diagnostic error) {
    if (error.error != Error::failed) return error;
    error.message = change.doing + ": " + error.message;
    error.server_position = 0;  // into a statement that nobody has written
    if (error.place.file.empty()) error.place = change.place;
    if (error.hint.empty() && error.sqlstate == "42501")
        error.hint = "the role of this step's target may not do that; let a step with another target do it";
    const bool missing = error.sqlstate == "42P01" || error.sqlstate == "3F000" || error.sqlstate == "42883" ||
                         (error.sqlstate == "42704" && change.thing != Thing::setting);
    if (error.hint.empty() && missing) error.hint = "it has to be there by then: an entry of this step, or a step before it, can make it";
    return error;
}

Diagnostic repeats(const Change& change) {
    return Diagnostic(Error::failed, change.doing + ": was carried out, and is found not to be so again")
        .with_hint(
            "two entries that contradict each other do this, somebody who changes it back, and a role that lacks the right (the server then only warns)")
        .with_place(change.place);
}

struct Progress {
    std::vector<Change> done;
    std::map<std::string, int> times, conflicts;  // by Change::doing
};

// true: all were carried out. false: one met another starter's; look again.
Task<Result<bool>> carry_out(pg::Connection& session, std::vector<Change> changes, Progress& progress,
                             const std::function<void(const Change&)>& on_change, Deadline deadline) {
    for (Change& change : changes) {
        if (progress.times[change.doing] >= most_times) co_return repeats(change);
        auto carried_out = co_await session.query(change.sql, deadline);
        if (!carried_out) {
            if (is_conflict(carried_out.error()) && ++progress.conflicts[change.doing] <= most_conflicts) co_return false;
            co_return failed(change, std::move(carried_out).error());
        }
        if (++progress.times[change.doing] > 1) continue;
        if (on_change) on_change(change);
        progress.done.push_back(std::move(change));
    }
    co_return true;
}

}  // namespace

Task<Result<std::vector<Change>>> look_ensure(pg::Connection& session, config::Ensure wanted, Deadline deadline) {
    PGPRIMER_CO_TRY(const Wanted read, read_wanted(wanted));
    PGPRIMER_CO_TRY(const Facts facts, co_await gather(session, read, deadline));
    co_return compare(read, facts);
}

Task<Result<std::vector<Change>>> act_ensure(pg::Connection& session, config::Ensure wanted, std::function<void(const Change&)> on_change,
                                             Deadline deadline) {
    if (session.transaction_state() != pg::TransactionState::idle) co_return Diagnostic(Error::failed, "ensure was started inside a transaction");
    Progress progress;
    while (true) {
        PGPRIMER_CO_TRY(auto changes, co_await look_ensure(session, wanted, deadline));
        std::erase_if(changes, [&progress](const Change& change) { return !change.certain && progress.times.contains(change.doing); });
        if (changes.empty()) co_return std::move(progress.done);
        PGPRIMER_CO_TRY(const bool all, co_await carry_out(session, std::move(changes), progress, on_change, deadline));
        if (all) continue;
        if (const auto waited = co_await sleep_for(pause(), deadline); waited != Waited::ready) {
            co_return not_ready(waited, deadline, "others change roles, schemas or grants of this server all the time");
        }
    }
}

}  // namespace pgprimer::steps
