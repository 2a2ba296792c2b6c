#pragma once
#include <vector>

#include "pgprimer/event/event.hpp"

namespace pgprimer::event {

// What a run came to: a pure fold of its events.
struct Report {
    RunStarted run;
    std::vector<StepFinished> steps;  // in order; a step that was done again after a lost connection stands once
    std::vector<Diagnostic> problems;
    std::vector<Message> warnings;
    RunFinished finished;
    bool ended = false;

    void apply(const Event& event);
};

}  // namespace pgprimer::event
