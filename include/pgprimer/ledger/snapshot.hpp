#pragma once
// What the ledger says at one moment, read by one query.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pgprimer/ledger/identity.hpp"
#include "pgprimer/pg/connection.hpp"
#include "pgprimer/plan/record.hpp"

namespace pgprimer::ledger {

struct StepRow {
    std::string step, item, name, digest, signature, schema, at;
    std::uint32_t schema_oid = 0;
    std::uint32_t schema_oid_now = 0;  // 0: no such schema
    std::size_t units = 0;             // that counted as applied when the step ended
    std::size_t applied = 0;           // now: fewer where somebody has edited the ledger
};

struct FinalRow {
    std::string plan, run, at, host, version;
};

// A record as it is told to people.
struct Told {
    plan::Record record;
    std::string applied_by, host, version, took;
};

enum class Units { none, records, told };

struct Snapshot {
    bool exists = false;  // are there tables at all
    int version = 0;
    bool restored = false;              // the ledger's schema is not the one it was made in
    std::optional<std::int64_t> epoch;  // nullopt: this project has no row yet
    std::string contact;
    std::optional<FinalRow> primed;  // the newest final row of this project
    bool any_final = false;          // of any project
    std::vector<StepRow> steps;
    std::map<std::string, std::vector<plan::Record>> units;  // by step; only where asked for
    std::vector<Told> told;                                  // only where asked for, and then instead

    [[nodiscard]] std::vector<const plan::Record*> records() const;  // of all steps
    [[nodiscard]] const StepRow* step(const std::string& id) const;
    [[nodiscard]] const std::vector<plan::Record>& records(const std::string& step) const;
};

// One round trip; a second one only where there is no ledger. Error::refused where our role may not read it.
Task<Result<Snapshot>> read(pg::Connection& session, const Identity& identity, Units units, Deadline deadline);

}  // namespace pgprimer::ledger
