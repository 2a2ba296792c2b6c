#pragma once
// sql and migrations: one script of either, applied with its row.
#include "pgprimer/base/async.hpp"
#include "pgprimer/plan/action.hpp"
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
};

// Prepares the session, surveys the file, runs it whole or stepwise; retries what the server says may be retried (40001, 40P01, "tuple concurrently
// updated"). Error::lost also where another run has taken over. Error::config before anything has run: meta-commands that are not supported, file
// changed since it was hashed.
Task<Result<script::Played>> apply_script(ScriptWork work, pg::Connection& session, const config::Step& step, const Context& context,
                                          Deadline deadline);

}  // namespace pgprimer::steps
