#pragma once
// The log on standard error: a line an event for people, or a JSON object a line.
#include <memory>
#include <string>

#include "pgprimer/event/bus.hpp"

namespace pgprimer::announce {

class Log final : public event::Listener {
public:
    // `level`: debug, info, warning or error.
    Log(bool json, const std::string& level);
    ~Log() override;
    void hear(const event::Event& event) override;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace pgprimer::announce
