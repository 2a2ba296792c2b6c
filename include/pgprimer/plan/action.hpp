#pragma once
#include <string>

#include "pgprimer/plan/record.hpp"

namespace pgprimer::plan {

enum class What {
    skip,    // nothing to do: recorded, or not wanted
    apply,   // run it; there is no row yet
    again,   // run it; there is a row to be replaced (changed, always, forced, a failed or voided one)
    resume,  // stepwise: go on after Record::statement
    record,  // write down what is so without running (new schema OID after a restore, an accepted checksum)
};

const char* to_string(What what);

struct Action {
    Key key;
    What what = What::skip;
    std::string why;       // "new", "its content changed since 2026-01-02", "unchanged": one line for people
    std::size_t unit = 0;  // index into the Facts' units
    bool warn = false;     // `why` deserves a warning
};

}  // namespace pgprimer::plan
