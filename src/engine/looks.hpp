#pragma once
// The steps' files as one process sees them: read only where their stats do not tell that they are as the ledger has them.
#include <map>
#include <optional>
#include <string>

#include "pgprimer/config/config.hpp"
#include "pgprimer/io/files.hpp"
#include "pgprimer/ledger/snapshot.hpp"
#include "pgprimer/steps/look.hpp"

namespace pgprimer::engine {

class Looks {
public:
    Looks(const config::Config& config, const io::Files& files) : config_(config), files_(files) {}

    // Names and stats, every step's; files only where stats cannot tell (changed a moment ago). All failures at once.
    Result<void> glance();
    // Reads what has not been read yet, every step's; all failures at once.
    Result<void> read();
    // After read(). Empty for a step that is not enabled.
    [[nodiscard]] const steps::Looked& at(const std::string& id) const { return looked_.at(id); }
    // Looked::digest: the recorded one where the stats are as they were recorded, else by reading.
    Result<std::string> digest(const config::Step& step, const ledger::StepRow* recorded);
    // Where the files had to be read and are what was recorded: by which stats the next run need not read them. "": nothing to note.
    [[nodiscard]] std::string newer_signature(const std::string& id, const ledger::StepRow& recorded) const;

private:
    Result<void> read_one(const config::Step& step, const io::Files& files);
    template <class Look>
    Result<void> each(Look look);

    const config::Config& config_;
    const io::Files& files_;
    std::map<std::string, std::string> signatures_;  // by id
    std::map<std::string, steps::Looked> looked_;    // by id
};

}  // namespace pgprimer::engine
