#include "pgprimer/announce/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "pgprimer/base/text.hpp"

namespace pgprimer::announce {
namespace {

using event::Level;

spdlog::level::level_enum level_of(const std::string& name) {
    if (name == "debug") return spdlog::level::debug;
    if (name == "warning") return spdlog::level::warn;
    return name == "error" ? spdlog::level::err : spdlog::level::info;
}

spdlog::level::level_enum level_of(Level level) {
    switch (level) {
        case Level::debug: return spdlog::level::debug;
        case Level::info: return spdlog::level::info;
        case Level::warning: return spdlog::level::warn;
        case Level::error: break;
    }
    return spdlog::level::err;
}

// What a server's NOTICE is worth: the chatter of IF NOT EXISTS and alike, which has SQLSTATEs of its own, is not shown by default.
Level level_of_notice(const event::Notice& notice) {
    if (notice.severity == "WARNING") return Level::warning;
    const bool raised = notice.severity == "INFO" || notice.sqlstate == "00000";  // by RAISE NOTICE
    return raised ? Level::info : Level::debug;
}

std::string in_step(const std::string& step, std::string text) { return step.empty() ? text : "[" + step + "] " + text; }

// Told only where it is worth telling.
std::string for_so_long(event::Duration waited) { return waited > std::chrono::milliseconds{50} ? " for " + human(waited) : ""; }

struct Line {
    Level level = Level::info;
    std::string text;       // empty: nothing for people
    bool as_it_is = false;  // several lines, aligned
};

struct ToText {
    Line operator()(const event::Message& e) const { return {e.level, in_step(e.step, e.text), false}; }
    Line operator()(const event::Problem& e) const {
        std::string text = to_text(e.diagnostic);
        if (e.level == Level::warning) {
            text.insert(0, "\n");
            for (std::size_t at = 0; (at = text.find("\nerror:", at)) != std::string::npos;) text.replace(at, 7, "\nwarning:");
            text.erase(0, 1);
        }
        text.resize(text.find_last_not_of('\n') + 1);
        return {e.level, std::move(text), true};
    }
    Line operator()(const event::Readiness& e) const {
        if (e.ready)
            return {Level::info, e.target + " is ready" + (e.waited > std::chrono::milliseconds{50} ? ", after " + human(e.waited) : ""), false};
        return {Level::info, "waiting for " + e.target + for_so_long(e.waited) + ": " + e.text, false};
    }
    Line operator()(const event::RunStarted& e) const {
        return {Level::info, "pgprimer " + e.version + ", run " + e.run + ", " + std::to_string(e.steps) + (e.steps == 1 ? " step" : " steps"),
                false};
    }
    Line operator()(const event::LockWaiting& e) const {
        return {Level::info, "waiting for the lock" + for_so_long(e.waited) + ": " + e.text, false};
    }
    Line operator()(const event::LockTaken& e) const {
        return {e.waited > std::chrono::milliseconds{500} ? Level::info : Level::debug, "has the lock on " + e.target + ", after " + human(e.waited),
                false};
    }
    Line operator()(const event::StepStarted& e) const { return {Level::debug, in_step(e.name, "begins (" + e.kind + ")"), false}; }
    Line operator()(const event::StepFinished& e) const {
        if (e.outcome == event::Outcome::skipped) return {Level::warning, in_step(e.name, "skipped: " + e.why), false};
        // A failure is told by its Problem.
        return {Level::debug,
                in_step(e.name, std::string(event::to_string(e.outcome)) + " in " + human(e.took) + (e.why.empty() ? "" : ": " + e.why)), false};
    }
    Line operator()(const event::UnitStarted& e) const {
        return {Level::info, in_step(e.step, e.unit + ": " + e.why + (e.mode == "whole" || e.mode == "program" ? "" : " (" + e.mode + ")")), false};
    }
    Line operator()(const event::UnitFinished& e) const {
        std::string text = e.unit + ": done in " + human(e.took);
        if (e.statements > 0) text += ", " + std::to_string(e.statements) + (e.statements == 1 ? " statement" : " statements");
        return {Level::info, in_step(e.step, std::move(text)), false};
    }
    Line operator()(const event::Notice& e) const {
        std::string text = e.severity + ": " + e.message;
        const std::string at = to_string(e.place);
        if (!at.empty()) text = at + ": " + text;
        if (!e.detail.empty()) text += " (" + e.detail + ")";
        return {level_of_notice(e), in_step(e.step, printable(text)), false};
    }
    Line operator()(const event::HookLine& e) const { return {Level::info, in_step(e.step, (e.is_error_stream ? "! " : "| ") + e.text), false}; }
    Line operator()(const event::ScriptOutput& e) const {
        std::string text = e.text;
        while (text.ends_with('\n')) text.pop_back();
        return e.step.empty() ? Line{} : Line{Level::info, in_step(e.step, "| " + printable(text)), false};
    }
    Line operator()(const event::RunFinished&) const { return {}; }
};

// The members of an event's JSON object after time and level.
class ToJson {
public:
    std::string operator()(const event::Message& e) { return start("message").text("text", e.text).text("step", e.step).done(); }
    std::string operator()(const event::Problem& e) { return start("problem").raw("diagnostic", to_json(e.diagnostic)).done(); }
    std::string operator()(const event::Readiness& e) {
        return start("readiness")
            .text("target", e.target)
            .text("state", e.state)
            .text("text", e.text)
            .time("waited_ms", e.waited)
            .flag("ready", e.ready)
            .done();
    }
    std::string operator()(const event::RunStarted& e) {
        return start("run_started")
            .text("run", e.run)
            .text("version", e.version)
            .text("project", e.project)
            .number("steps", e.steps)
            .flag("dry", e.dry)
            .done();
    }
    std::string operator()(const event::LockWaiting& e) { return start("lock_waiting").text("text", e.text).time("waited_ms", e.waited).done(); }
    std::string operator()(const event::LockTaken& e) { return start("lock_taken").text("target", e.target).time("waited_ms", e.waited).done(); }
    std::string operator()(const event::StepStarted& e) {
        return start("step_started").text("id", e.id).text("step", e.name).text("kind", e.kind).done();
    }
    std::string operator()(const event::StepFinished& e) {
        return start("step_finished")
            .text("id", e.id)
            .text("step", e.name)
            .text("kind", e.kind)
            .text("result", event::to_string(e.outcome))
            .number("applied", e.applied)
            .number("unchanged", e.unchanged)
            .time("took_ms", e.took)
            .text("why", e.why)
            .flag("continued", e.continued)
            .done();
    }
    std::string operator()(const event::UnitStarted& e) {
        return start("unit_started").text("step", e.step).text("unit", e.unit).text("why", e.why).text("mode", e.mode).done();
    }
    std::string operator()(const event::UnitFinished& e) {
        return start("unit_finished").text("step", e.step).text("unit", e.unit).time("took_ms", e.took).number("statements", e.statements).done();
    }
    std::string operator()(const event::Notice& e) {
        return start("notice")
            .text("severity", e.severity)
            .text("sqlstate", e.sqlstate)
            .text("message", e.message)
            .text("detail", e.detail)
            .text("hint", e.hint)
            .text("place", to_string(e.place))
            .text("step", e.step)
            .done();
    }
    std::string operator()(const event::HookLine& e) {
        return start("hook_line").text("step", e.step).text("stream", e.is_error_stream ? "stderr" : "stdout").text("text", e.text).done();
    }
    std::string operator()(const event::ScriptOutput& e) { return start("script_output").text("step", e.step).text("text", e.text).done(); }
    std::string operator()(const event::RunFinished& e) {
        return start("run_finished")
            .number("exit_status", static_cast<std::size_t>(e.exit_status))
            .time("took_ms", e.took)
            .text("plan", e.plan_id)
            .flag("primed", e.primed)
            .done();
    }

private:
    ToJson& start(const char* event) { return text("event", event); }
    ToJson& raw(const char* name, const std::string& value) {
        out_ += std::string(",\"") + name + "\":" + value;
        return *this;
    }
    ToJson& text(const char* name, const std::string& value) { return value.empty() ? *this : raw(name, json_quote(value)); }
    ToJson& number(const char* name, std::size_t value) { return raw(name, std::to_string(value)); }
    ToJson& flag(const char* name, bool value) { return raw(name, value ? "true" : "false"); }
    ToJson& time(const char* name, event::Duration value) {
        return raw(name, std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(value).count()));
    }
    std::string done() { return std::move(out_); }

    std::string out_;
};

}  // namespace

struct Log::State {
    bool json = false;
    // Three ways to print a line, to the same place: people's, a block as it is, an object.
    std::shared_ptr<spdlog::logger> lines, blocks, objects;
};

Log::Log(bool json, const std::string& level) : state_(std::make_unique<State>()) {
    state_->json = json;
    const auto make = [&level](const char* pattern) {
        auto logger = std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stderr_color_sink_st>());
        logger->set_level(level_of(level));
        logger->set_pattern(pattern, spdlog::pattern_time_type::utc);
        logger->flush_on(spdlog::level::debug);
        return logger;
    };
    state_->lines = make("%H:%M:%S.%e %^%l%$ %v");
    state_->blocks = make("%^%v%$");
    state_->objects = make("{\"time\":\"%Y-%m-%dT%H:%M:%S.%eZ\",\"level\":\"%l\"%v}");
}

Log::~Log() = default;

void Log::hear(const event::Event& event) {
    const Line line = std::visit(ToText{}, event);
    const bool has_own_line = std::holds_alternative<event::RunFinished>(event);
    if (state_->json) {
        if (std::holds_alternative<event::ScriptOutput>(event) && line.text.empty()) return;
        const auto level = has_own_line ? spdlog::level::info : level_of(line.level);
        if (state_->objects->should_log(level)) state_->objects->log(level, std::visit(ToJson{}, event));
        return;
    }
    if (line.text.empty()) return;
    (line.as_it_is ? state_->blocks : state_->lines)->log(level_of(line.level), line.text);
}

}  // namespace pgprimer::announce
