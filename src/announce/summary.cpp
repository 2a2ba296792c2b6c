#include "pgprimer/announce/summary.hpp"

#include <algorithm>
#include <array>

#include "pgprimer/base/text.hpp"

namespace pgprimer::announce {
namespace {

using event::Outcome;
using event::StepFinished;

std::string units_of(const StepFinished& step) {
    if (step.outcome == Outcome::skipped || step.outcome == Outcome::disabled) return "";
    if (step.applied == 0 && step.unchanged == 0) return "";
    const bool changes = step.kind == "ensure";
    std::string out;
    if (step.applied > 0) out = std::to_string(step.applied) + (changes ? " changed" : step.kind == "exec" ? " started" : " applied");
    if (step.unchanged > 0) out += (out.empty() ? "" : ", ") + std::to_string(step.unchanged) + " unchanged";
    return out;
}

// What stands behind a row: why it failed, was skipped, or had nothing to do.
std::string remark_of(const StepFinished& step) {
    if (step.outcome == Outcome::done) return "";
    return step.continued ? "on_failure = \"continue\": " + step.why : step.why;
}

std::string last_line(const event::Report& report) {
    const auto took = human(report.finished.took);
    if (!report.ended) return "not finished\n";
    if (report.finished.exit_status != 0) return "failed after " + took + ", exit status " + std::to_string(report.finished.exit_status) + "\n";
    if (!report.finished.primed) return "done in " + took + ", not the whole plan (--only)\n";
    const bool nothing = std::ranges::all_of(report.steps, [](const auto& step) { return step.applied == 0 && step.outcome != Outcome::failed; });
    const bool continued = std::ranges::any_of(report.steps, &StepFinished::continued);
    std::string out = nothing ? "nothing to do: primed" : "primed";
    out += " in " + took + ", plan " + report.finished.plan_id;
    return out + (continued ? ", with failures that the plan tolerates\n" : "\n");
}

}  // namespace

std::string summary_text(const event::Report& report) {
    std::vector<std::array<std::string, 5>> rows;
    if (!report.steps.empty()) rows.push_back({"step", "kind", "result", "time", "units"});
    for (const auto& step : report.steps) {
        const bool ran = step.outcome != Outcome::skipped && step.outcome != Outcome::disabled;
        rows.push_back({step.name, step.kind, event::to_string(step.outcome), ran && step.took.count() > 0 ? human(step.took) : "", units_of(step)});
    }
    std::array<std::size_t, 5> widths{};
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], count_characters(row[i]));
    }
    std::string out = rows.empty() ? "" : "\n";
    for (std::size_t r = 0; r < rows.size(); ++r) {
        std::string line;
        for (std::size_t i = 0; i < rows[r].size(); ++i) {
            const std::string blank(widths[i] - count_characters(rows[r][i]), ' ');
            line += i == 3 ? blank + rows[r][i] : rows[r][i] + blank;
            line += "  ";
        }
        const std::string remark = r > 0 ? printable(remark_of(report.steps[r - 1])) : "";  // one line, whatever a server said
        line += remark;
        line.resize(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out + last_line(report);
}

std::string summary_json(const event::Report& report) {
    const auto milliseconds = [](event::Duration d) { return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(d).count()); };
    std::string out = "{\"run\":" + json_quote(report.run.run) + ",\"plan\":" + json_quote(report.finished.plan_id) +
                      ",\"primed\":" + (report.finished.primed ? "true" : "false") +
                      ",\"exit_status\":" + std::to_string(report.finished.exit_status) + ",\"took_ms\":" + milliseconds(report.finished.took) +
                      ",\"steps\":[";
    for (std::size_t i = 0; i < report.steps.size(); ++i) {
        const auto& s = report.steps[i];
        out += (i > 0 ? "," : "") + std::string("{\"id\":") + json_quote(s.id) + ",\"name\":" + json_quote(s.name) +
               ",\"kind\":" + json_quote(s.kind) + ",\"result\":" + json_quote(event::to_string(s.outcome)) + ",\"took_ms\":" + milliseconds(s.took) +
               ",\"applied\":" + std::to_string(s.applied) + ",\"unchanged\":" + std::to_string(s.unchanged) + ",\"why\":" + json_quote(s.why) +
               ",\"continued\":" + (s.continued ? "true" : "false") + "}";
    }
    out += "],\"problems\":[";
    for (std::size_t i = 0; i < report.problems.size(); ++i) out += (i > 0 ? "," : "") + to_json(report.problems[i]);
    return out + "]}\n";
}

}  // namespace pgprimer::announce
