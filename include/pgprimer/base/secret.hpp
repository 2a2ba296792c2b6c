#pragma once
#include <string>
#include <utility>

namespace pgprimer {

// A value that is not printed by accident: there is no stream operator and no conversion.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string value) : value_(std::move(value)) {}

    [[nodiscard]] const std::string& reveal() const { return value_; }  // for the one place that must send it
    [[nodiscard]] bool empty() const { return value_.empty(); }

    friend bool operator==(const Secret&, const Secret&) = default;

private:
    std::string value_;
};

}  // namespace pgprimer
