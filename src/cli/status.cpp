#include <algorithm>
#include <tuple>

#include "commands.hpp"
#include "pgprimer/base/text.hpp"
#include "pgprimer/ledger/snapshot.hpp"
#include "pgprimer/pg/probe.hpp"
#include "pgprimer/plan/repair.hpp"
#include "pgprimer/sql/settling.hpp"
#include "pgprimer/steps/context.hpp"

namespace pgprimer::cli {
namespace {

std::string took_text(const std::string& seconds) {
    if (seconds.empty()) return "";
    return human(std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(std::stod(seconds))));
}

// Where something is interrupted: where, and what is to be done.
std::vector<std::string> ways_on(const plan::Record& r) {
    if (r.state == plan::State::partial)
        return {r.statement == 0 ? "interrupted before its first statement was done: the next run runs it"
                                 : "interrupted after " + plan::statement_of(r) + ": the next run goes on there"};
    if (r.state != plan::State::started) return {};
    const std::string what = "interrupted in " + plan::statement_of(r) + ", of which the end is not recorded";
    if (sql::may_be_settled(r.verb)) return {what + ": the next run looks what became of it, and goes on"};
    return {what, "it took effect: " + plan::repair_command(plan::Mend::mark_done, r.key),
            "it did not: " + plan::repair_command(plan::Mend::mark_not_done, r.key)};
}

std::string as_text(const config::Target& target, const ledger::Snapshot& snapshot) {
    std::string out = target.display() + "  (" + target.sources() + ")\n";
    if (!snapshot.exists || !snapshot.epoch) return out + "  no ledger of this project: pgprimer has not run here\n";
    if (snapshot.primed)
        out += "  primed for plan " + snapshot.primed->plan + " since " + snapshot.primed->at.substr(0, 19) + ", run " + snapshot.primed->run +
               " on " + snapshot.primed->host + "\n";
    else
        out += "  not primed: no run has ended well yet\n";
    std::string current;
    for (const auto& unit : snapshot.told) {
        const auto& r = unit.record;
        if (r.key.step != current) {
            current = r.key.step;
            out += "\n  " + current + " (" + r.kind + ")\n";
        }
        std::string line = std::string("    ") + plan::to_string(r.state);
        line.resize(std::max<std::size_t>(line.size(), 14), ' ');
        line += r.key.unit + "  " + r.applied_at;
        if (const auto took = took_text(unit.took); !took.empty()) line += "  " + took;
        line += "  by " + unit.applied_by + (unit.host.empty() ? "" : " from " + unit.host);
        out += line + "\n";
        for (const auto& way : ways_on(r)) out += "                  " + way + "\n";
        if (!r.error.empty())
            out += std::string("                  ") + (plan::counts_as_applied(r.state) ? "newer content failed: " : "") + r.error + "\n";
    }
    return out;
}

std::string as_json(const config::Target& target, const ledger::Snapshot& snapshot) {
    std::string out = "{\"target\":" + json_quote(target.name) + ",\"url\":" + json_quote(target.display()) + ",\"primed\":";
    if (snapshot.primed)
        out += "{\"plan\":" + json_quote(snapshot.primed->plan) + ",\"run\":" + json_quote(snapshot.primed->run) +
               ",\"at\":" + json_quote(snapshot.primed->at) + "}";
    else
        out += "null";
    out += ",\"units\":[";
    for (std::size_t i = 0; i < snapshot.told.size(); ++i) {
        const auto& unit = snapshot.told[i];
        const auto& r = unit.record;
        out += (i > 0 ? "," : "") + std::string("{\"step\":") + json_quote(r.key.step) + ",\"unit\":" + json_quote(r.key.unit) +
               ",\"kind\":" + json_quote(r.kind) + ",\"state\":" + json_quote(plan::to_string(r.state)) + ",\"checksum\":" + json_quote(r.checksum) +
               ",\"applied_at\":" + json_quote(r.applied_at) + ",\"applied_by\":" + json_quote(unit.applied_by) +
               ",\"host\":" + json_quote(unit.host) + ",\"statement\":" + std::to_string(r.statement) + ",\"line\":" + std::to_string(r.line) +
               ",\"error\":" + json_quote(r.error) + ",\"ways_on\":[";
        const auto ways = ways_on(r);
        for (std::size_t k = 0; k < ways.size(); ++k) out += (k > 0 ? "," : "") + json_quote(ways[k]);
        out += "]}";
    }
    return out + "]}";
}

}  // namespace

Task<int> status(Shell& shell) {
    auto config = shell.load();
    if (!config) co_return shell.fail(config.error());
    const ledger::Identity identity{config->ledger_schema, config->project};
    std::string out;
    std::set<std::string> seen;
    for (const auto& target : config->targets) {
        const std::string key = target.display().substr(target.display().find('@') + 1);
        if (!seen.insert(key).second) continue;  // the same database as another role
        pg::Wants wants;
        wants.writable = false;
        wants.socket_only = true;
        wants.sources = target.sources();
        pg::OnState silent = [](pg::Readiness, const Diagnostic&, SteadyClock::duration) {};
        const Deadline deadline = Deadline::after(config->wait_timeout, &shell.stop);
        auto probed = co_await pg::wait_ready(steps::address_of(target), wants, silent, deadline);
        if (!probed) co_return shell.fail(probed.error());
        auto snapshot = co_await ledger::read(probed->connection, identity, ledger::Units::told, deadline);
        if (!snapshot) co_return shell.fail(snapshot.error());
        // Steps in the plan's order, those that are no longer in it last.
        const auto place_of = [&config](const std::string& id) {
            const auto found = std::ranges::find(config->steps, id, &config::Step::id);
            return found - config->steps.begin();
        };
        std::ranges::stable_sort(snapshot->told, {}, [&place_of](const auto& unit) {
            const auto& record = unit.record;
            return std::tuple(place_of(record.key.step), record.key.step, record.applied_at);
        });
        if (shell.options.json)
            out += (out.empty() ? "[" : ",") + as_json(target, *snapshot);
        else
            out += (out.empty() ? "" : "\n") + as_text(target, *snapshot);
    }
    if (shell.options.json) out += "]\n";
    co_return shell.show(shell.bus.redact(out));
}

}  // namespace pgprimer::cli
