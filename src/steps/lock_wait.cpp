#include "pgprimer/steps/lock_wait.hpp"

#include <algorithm>
#include <random>

#include "pgprimer/base/text.hpp"

namespace pgprimer::steps {
namespace {

constexpr config::Milliseconds first_pause{100}, longest_pause{5'000};
constexpr std::chrono::minutes longest{2};  // for all tries: a long lock_timeout has few

void add(std::string& text, const std::string& more) {
    if (!more.empty()) text += (text.empty() ? "" : "; ") + more;
}

std::string lock_limit(const config::Step& step) {
    if (step.lock_timeout && step.lock_timeout->count() > 0) return "lock_timeout of this step is " + human(*step.lock_timeout);
    if (config::takes_default_lock_timeout(step)) return "lock_timeout of this step is " + human(config::migrations_lock_timeout) + ", the default";
    return "the limit is none of this step's: the script, its role, the database or the server sets it";
}

// The server's words are in its own language: where they are not English, the step's own limit is the likeliest.
std::string statement_limit(const Diagnostic& why, const config::Step& step) {
    if (why.message.find("user request") != std::string::npos) return "somebody cancelled it, as pg_cancel_backend() does: run again";
    if (step.statement_timeout && step.statement_timeout->count() > 0)
        return "statement_timeout of this step is " + human(*step.statement_timeout) + ": set it to what the statement needs, or to \"0\", no limit";
    return "statement_timeout is set by the script, its role, the database or the server: statement_timeout of this step wins over the last three, \"0\" is no limit";
}

}  // namespace

void explain_limit(Diagnostic& why, const config::Step& step, const Blockers& seen, const Blockers& waiting) {
    const bool by_lock = why.error == Error::failed && why.sqlstate == "55P03", by_statement = why.error == Error::failed && why.sqlstate == "57014";
    const Blockers& blockers = by_lock ? seen : waiting;
    if (!by_lock && !by_statement && why.error != Error::timeout) return;
    if (!blockers.empty()) {
        add(why.detail, (by_lock ? "it waited for " : "it was waiting for ") + blockers.text());
        add(why.hint, "to end what is in the way: " + blockers.way_out());
    }
    if (by_lock) add(why.hint, lock_limit(step) + "; a longer one waits longer, \"0\" without end");
    if (by_statement) add(why.hint, statement_limit(why, step));
}

bool is_lock_failure(const Diagnostic& why, const config::Step& step) {
    return why.error == Error::failed && why.sqlstate == "55P03" && (step.lock_timeout || config::takes_default_lock_timeout(step));
}

std::optional<SteadyClock::duration> LockTries::next() {
    const auto now = SteadyClock::now();
    if (!since_) since_ = now;
    if (++number_ >= most || now - *since_ > longest) return std::nullopt;
    static std::minstd_rand random(std::random_device{}());
    const auto limit = limit_.count() > 0 ? std::min(limit_, longest_pause) : longest_pause;
    const auto pause = std::min<config::Milliseconds>(first_pause * (1 << (number_ - 1)), limit);
    return pause * std::uniform_int_distribution<int>(75, 125)(random) / 100;
}

}  // namespace pgprimer::steps
