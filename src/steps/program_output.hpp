#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "pgprimer/base/text.hpp"
#include "pgprimer/event/bus.hpp"

namespace pgprimer::steps {

// Publishes the lines of one stream. Of a line that comes in pieces the end is kept back: a secret may go on in the next one.
class ProgramOutput {
public:
    ProgramOutput(event::Bus& bus, std::string step, bool is_error) : bus_(bus), step_(std::move(step)), is_error_(is_error) {}

    void take(std::string_view piece, bool continued) {
        std::string text = bus_.redact(std::exchange(kept_, "") + std::string(piece));
        if (continued) {
            const std::size_t shown = text.size() - std::min(text.size(), bus_.longest_secret());
            kept_ = text.substr(shown);
            text.resize(shown);
        }
        bus_.publish(event::HookLine{step_, is_error_, printable(text)});
    }

private:
    event::Bus& bus_;
    std::string step_;
    bool is_error_;
    std::string kept_;
};

}  // namespace pgprimer::steps
