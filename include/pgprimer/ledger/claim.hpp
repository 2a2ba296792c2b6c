#pragma once
// The SQL with which rows are written, inside the transactions of the work. Fully qualified, unprepared.
#include <span>
#include <string>
#include <vector>

#include "pgprimer/ledger/identity.hpp"
#include "pgprimer/plan/record.hpp"

namespace pgprimer::ledger {

// What a claim expects to find: nothing, this record, or whatever there is.
std::string expects_nothing();
std::string expects(const plan::Record& record);
std::string expects_anything();

// "SELECT claim(...)": writes the row of `record` after taking the work key and checking the epoch. One statement.
std::string claim_sql(const Identity& identity, const Run& run, const plan::Record& record, const std::string& expected);

// The same wherever the transaction stands: as the login role, whatever SET ROLE or SET SESSION AUTHORIZATION holds, both put back after it;
// writes nothing in a read-only transaction (which has nothing to be recorded). One statement (DO).
std::string progress_sql(const Identity& identity, const Run& run, const plan::Record& record);

// Takes the work key for this transaction and checks the epoch, without a row. One statement.
std::string enter_sql(const Identity& identity, const Run& run);
// The same under any role, as progress_sql. One statement (DO).
std::string guard_sql(const Identity& identity, const Run& run);
// The work key in the session, around what no transaction covers: one boolean; and its end.
std::string hold_sql(const Identity& identity);
std::string let_go_sql(const Identity& identity);

// Rows whose schema was named before it was there get its OID now.
std::string adopt_schemas_sql(const Identity& identity);

// Notes at a unit's row, which stays as it is, that newer content failed ("": no more), and voids its step's digest. Statements for a transaction.
std::string error_sql(const Identity& identity, const Run& run, const plan::Key& key, const std::string& error);

// How a failure of these reads: the epoch has passed on to another run (SQLSTATE PGP01), or the row is there already (23505, PGP02).
bool is_overtaken(const std::string& sqlstate);

struct StepDigest {
    std::string step, name, digest, signature, schema;
};

// A row of a step that ended well. One statement.
std::string step_sql(const Identity& identity, const StepDigest& step);

// Other stats for the same content, where the row is still about it. One statement.
std::string signature_sql(const Identity& identity, const std::string& step, const std::string& digest, const std::string& signature);

struct Timing {
    plan::Key key;
    double seconds = 0;
};

// How long units took; at least one. One statement.
std::string timings_sql(const Identity& identity, const std::vector<Timing>& timings);

// What the final transaction of a run says.
struct Final {
    std::string plan_id;
    double seconds = 0;
    std::vector<StepDigest> steps;
    std::vector<Timing> timings;
    std::string notify_channel;  // empty: none
};

// The final row, durable, and what belongs into its transaction. With BEGIN and COMMIT, for the simple protocol.
std::string final_sql(const Identity& identity, const Run& run, const Final& final);

}  // namespace pgprimer::ledger
