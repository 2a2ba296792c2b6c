#pragma once
#include <string>

#include "pgprimer/base/result.hpp"

namespace pgprimer::steps {

// A folder of its own with a link named psql to this program, for PATH; gone with the object.
class PsqlLink {
public:
    // Below TMPDIR, or what usually can be written to. Error::failed where nothing can.
    static Result<PsqlLink> make(const std::string& tmpdir);
    ~PsqlLink();
    PsqlLink(PsqlLink&& other) noexcept;
    PsqlLink& operator=(PsqlLink&& other) noexcept;
    PsqlLink(const PsqlLink&) = delete;
    PsqlLink& operator=(const PsqlLink&) = delete;

    [[nodiscard]] const std::string& folder() const { return folder_; }

private:
    explicit PsqlLink(std::string folder) : folder_(std::move(folder)) {}

    std::string folder_;
};

}  // namespace pgprimer::steps
