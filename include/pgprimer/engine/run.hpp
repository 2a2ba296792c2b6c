#pragma once
// Wait, lock, look, decide, act, announce: the only place that knows the order.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "pgprimer/base/async.hpp"
#include "pgprimer/config/config.hpp"
#include "pgprimer/event/announcement.hpp"
#include "pgprimer/event/bus.hpp"
#include "pgprimer/io/files.hpp"
#include "pgprimer/plan/action.hpp"
#include "pgprimer/plan/repair.hpp"

namespace pgprimer::engine {

struct Request {
    bool dry = false;             // say what would be done, change nothing
    std::set<std::string> only;   // ids; empty: all
    std::set<std::string> force;  // ids
};

struct World {
    const io::Files* files = nullptr;
    event::Bus* bus = nullptr;
    Stop* stop = nullptr;
    std::map<std::string, std::string> environment;
    std::string version, host;
    std::vector<event::Announcement*> announcements;
};

// What a dry run says of one unit or thing.
struct Planned {
    std::string step, name, kind;  // of the step
    std::string unit;              // or the thing, for ensure and expect
    std::string action, why, mode;
    bool nothing = false;  // nothing to do
};

struct Finished {
    std::string plan_id;
    bool unchanged = false;        // nothing was to be done
    std::vector<Planned> planned;  // dry only
};

// One run, from probing to announcing. A lost connection makes it probe, lock, read and decide again. The failure is published too.
Task<Result<Finished>> run(const config::Config& config, Request request, World world);

struct BaselineRequest {
    std::string step;
    bool all = false;
    std::vector<std::string> units;
    std::string to;  // migrations: up to and with this version
};

// Records units as applied without running them, under the lock. The names of the units recorded.
Task<Result<std::vector<std::string>>> baseline(const config::Config& config, BaselineRequest request, World world);

struct RepairRequest {
    enum class Kind {
        units,   // what `mend` says
        rename,  // rows of step `from` become those of `to`
        schema,  // what is in schema `schema` now is what the rows say
        ledger,  // what is missing of the ledger's tables and functions is made again
    } kind = Kind::units;
    plan::Mend mend = plan::Mend::mark_done;
    std::string step;                // name or id, also of one that is in the configuration no more; "": all
    std::vector<std::string> units;  // none: all that it applies to
    std::string from, to, schema;
};

// What it would change, a line each; changes nothing and takes no lock.
Task<Result<std::vector<std::string>>> look_repair(const config::Config& config, RepairRequest request, World world);
// Does it, under the lock. Error::disagreement, and nothing is done, where that would not be what was `shown`.
Task<Result<std::vector<std::string>>> repair(const config::Config& config, RepairRequest request, std::vector<std::string> shown, World world);

}  // namespace pgprimer::engine
