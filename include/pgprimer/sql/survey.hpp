#pragma once
// One pass over a script and what it includes, before anything of it runs.
#include <string>
#include <vector>

#include "pgprimer/base/result.hpp"
#include "pgprimer/io/files.hpp"
#include "pgprimer/sql/script.hpp"

namespace pgprimer::sql {

struct Survey {
    enum class Mode { whole, stepwise };

    std::string checksum;  // content of the script and of every file it includes; see DESIGN 8
    Mode mode = Mode::whole;
    std::string why;  // "line 12: CREATE INDEX CONCURRENTLY refuses a transaction"; empty for whole
    int statements = 0;
    bool wrapped = false;           // a leading BEGIN and a final COMMIT, to be replaced by ours
    std::string begin_options;      // of that BEGIN
    bool sets_transaction = false;  // so the ledger's row has to come last
    bool changes_role = false;
    bool connects = false;              // \connect
    bool acts_outside = false;          // COPY to file or program, \copy, \o, \!: not to be rolled back and repeated
    bool touches_globals = false;       // roles, databases, tablespaces
    bool has_copy = false;              // inline COPY data
    bool pipelines = false;             // whole, only plain single statements, no meta-command but \set: may be sent ahead
    std::vector<std::string> includes;  // files, in the order met, as opened
    // Unknown and refused meta-commands, unreadable includes, open quotes: with file and line. What stands between \if and \endif, and includes whose
    // names are computed, are looked at when they are reached.
    std::vector<Diagnostic> refused;
    std::vector<Diagnostic> refused_commands;  // of these the meta-commands: all that keeps psql's own way of running a script from beginning
};

// Whether the survey's checksum is wanted: for gigabytes of COPY data it is most of a survey's work. Without it no more than the first 64 MB of what
// an archive holds are looked at: unpacking all of it twice would take a restore longer than psql. What comes later is refused when it is reached.
enum class Checksum { taken, left_out };

// Reads everything once. The checksum is given even where something is refused. Memory as Reader.
Result<Survey> survey(const io::Files& files, const Script& script, Checksum wanted = Checksum::taken);

// survey().checksum alone: the file is scanned only where it may include others.
// `includes` is set where other files belong to it.
Result<std::string> checksum(const io::Files& files, const Script& script, bool* includes = nullptr);

}  // namespace pgprimer::sql
