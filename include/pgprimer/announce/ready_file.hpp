#pragma once
#include <filesystem>

#include "pgprimer/event/announcement.hpp"

namespace pgprimer::announce {

// A file that is there while the database is primed: removed at the start of a run, written atomically after its final row.
class ReadyFile final : public event::Announcement {
public:
    explicit ReadyFile(std::filesystem::path path) : path_(std::move(path)) {}
    [[nodiscard]] std::string name() const override { return "ready file"; }
    Task<Result<void>> retract(Deadline deadline) override;
    Task<Result<void>> announce(const event::Report& report, Deadline deadline) override;

private:
    std::filesystem::path path_;
};

}  // namespace pgprimer::announce
