#pragma once
#include <functional>
#include <optional>
#include <string>

#include "pgprimer/base/diagnostic.hpp"
#include "pgprimer/sql/script.hpp"
#include "pgprimer/sql/survey.hpp"

namespace pgprimer::script {

enum class Mode {
    whole,       // one transaction with the row
    stepwise,    // each statement or block commits with a progress row
    autocommit,  // psql's own: no row
};

// How far a stepwise script has come.
struct Position {
    int statement = 0;  // number of the last statement
    int line = 0;
    std::string verb;    // its leading keywords
    std::string prefix;  // digest of the statements up to and with it; Mark::started: "BEFORE WITH", the one without it first
};

// What a progress row says: a statement outside any transaction begins; all up to here is done; the script is done.
enum class Mark { started, partial, done };

// One script to be run on a session, and the SQL that its bookkeeping needs: so that this module need not know the ledger.
struct Unit {
    sql::Script script;
    sql::Survey survey;
    std::string step;  // name, for events
    Mode mode = Mode::whole;
    std::string claim;  // whole: one statement, first in the transaction (last where the survey saw SET TRANSACTION)
    std::string role;   // SET ROLE for the body, after the claim; "": none
    std::function<std::string(Mark, const Position&)> progress;  // stepwise: one statement that is safe under any role
    std::string guard;                                           // stepwise: one statement, first in a block of the script's own; safe under any role
    std::string hold, let_go;        // stepwise: take (one boolean) and free the work key in the session, around what no transaction covers
    std::string patient, impatient;  // stepwise: lift a default lock_timeout and put it back, around what stops nobody while it waits; "": none
    std::optional<Position> resume;  // stepwise: go on after this one; its prefix "": whatever stands before it
    bool interrupted = false;        // the end of `resume`, which no transaction covers, was not seen: it is to be settled first
    std::function<Diagnostic(const Position&)> unsettled;  // what to say where it cannot be
    std::string called;                                    // "--step ID --unit UNIT": how commands in hints name it
};

}  // namespace pgprimer::script
