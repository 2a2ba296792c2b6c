#include "looks.hpp"

#include <vector>

namespace pgprimer::engine {

template <class Look>
Result<void> Looks::each(Look look) {
    std::vector<Diagnostic> failures;
    for (const auto& step : config_.steps) {
        if (auto done = look(step); !done) failures.push_back(done.error());
    }
    if (failures.empty()) return {};
    Diagnostic first = std::move(failures.front());
    first.more.insert(first.more.end(), std::make_move_iterator(failures.begin() + 1), std::make_move_iterator(failures.end()));
    return first;
}

Result<void> Looks::glance() {
    const io::Glance files(files_);
    return each([this, &files](const config::Step& step) -> Result<void> {
        if (!step.enabled) return {};
        std::string& signature = signatures_[step.id];
        PGPRIMER_TRY(signature, steps::glance(step, config_, files));
        return signature.empty() && !steps::looks_itself(step) ? read_one(step, files) : Result<void>();  // stats cannot tell: it is going to be read
    });
}

Result<void> Looks::read() {
    return each([this](const config::Step& step) { return read_one(step, files_); });
}

Result<void> Looks::read_one(const config::Step& step, const io::Files& files) {
    if (looked_.contains(step.id)) return {};
    if (!step.enabled) {
        looked_[step.id];
        return {};
    }
    const auto glanced = signatures_.find(step.id);
    PGPRIMER_TRY(auto looked, steps::look(step, config_, files, glanced == signatures_.end() ? std::nullopt : std::optional(glanced->second)));
    looked_[step.id] = std::move(looked);
    return {};
}

Result<std::string> Looks::digest(const config::Step& step, const ledger::StepRow* recorded) {
    const auto signature = signatures_.find(step.id);
    const bool same =
        recorded != nullptr && !recorded->signature.empty() && signature != signatures_.end() && signature->second == recorded->signature;
    if (same && !looked_.contains(step.id)) return recorded->digest;
    PGPRIMER_CHECK(read_one(step, files_));
    return looked_.at(step.id).digest;
}

std::string Looks::newer_signature(const std::string& id, const ledger::StepRow& recorded) const {
    const auto found = looked_.find(id);
    const bool same = found == looked_.end() || found->second.digest != recorded.digest || found->second.signature == recorded.signature;
    return same ? "" : found->second.signature;
}

}  // namespace pgprimer::engine
