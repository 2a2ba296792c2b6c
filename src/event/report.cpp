#include "pgprimer/event/report.hpp"

#include <algorithm>

namespace pgprimer::event {

const char* to_string(Outcome outcome) {
    switch (outcome) {
        case Outcome::done: return "done";
        case Outcome::unchanged: return "unchanged";
        case Outcome::failed: return "failed";
        case Outcome::skipped: return "skipped";
        case Outcome::disabled: return "disabled";
    }
    return "?";
}

void Report::apply(const Event& event) {
    if (const auto* started = std::get_if<RunStarted>(&event))
        run = *started;
    else if (const auto* problem = std::get_if<Problem>(&event))
        problems.push_back(problem->diagnostic);
    else if (const auto* message = std::get_if<Message>(&event)) {
        if (message->level == Level::warning) warnings.push_back(*message);
    } else if (const auto* ended_step = std::get_if<StepFinished>(&event)) {
        const auto there = std::ranges::find(steps, ended_step->id, &StepFinished::id);
        if (there == steps.end()) {
            steps.push_back(*ended_step);
            return;
        }
        // Done again, after a lost connection or a flush: what it applied in all.
        StepFinished merged = *ended_step;
        merged.applied += there->applied;
        merged.took += there->took;
        if (merged.outcome == Outcome::unchanged && there->outcome == Outcome::done) merged.outcome = Outcome::done;
        *there = merged;
    } else if (const auto* last = std::get_if<RunFinished>(&event)) {
        finished = *last;
        ended = true;
    }
}

}  // namespace pgprimer::event
