#include "session.hpp"

#include <string.h>  // strcasestr

#include <algorithm>

#include "pgprimer/base/text.hpp"

namespace pgprimer::script {
namespace {

constexpr std::size_t most_of_a_line = 64U << 10U;

// Wherever in it: a DO block may do it, too.
bool speaks_of_dropping_schemas(const std::string& text) {
    return ::strcasestr(text.c_str(), "schema") != nullptr && ::strcasestr(text.c_str(), "drop") != nullptr;
}

bool may_make_rules(const sql::Statement& statement) {
    const std::string& verb = statement.traits.verb;
    if (verb.starts_with("INSERT") || verb.starts_with("UPDATE") || verb.starts_with("DELETE")) return false;
    return verb == "DO" || verb == "CALL" || verb.starts_with("CREATE EXTENSION") || ::strcasestr(statement.text.c_str(), "rule") != nullptr;
}

// Counted from 1 as the server counts; 0: all of it is UTF-8.
int first_broken_character(std::string_view text) {
    int character = 0;
    for (std::size_t at = 0; at < text.size(); ++character) {
        const auto lead = static_cast<unsigned char>(text[at]);
        const std::size_t length = lead < 0x80U                    ? 1
                                   : lead >= 0xC2U && lead < 0xE0U ? 2
                                   : lead >= 0xE0U && lead < 0xF0U ? 3
                                   : lead >= 0xF0U && lead < 0xF5U ? 4
                                                                   : 0;
        if (length == 0 || at + length > text.size()) return character + 1;
        for (std::size_t i = 1; i < length; ++i) {
            if ((static_cast<unsigned char>(text[at + i]) & 0xC0U) != 0x80U) return character + 1;
        }
        at += length;
    }
    return 0;
}

// The line of a DO block that the last line of a context names; 0: none.
int line_in_block(const std::string& context) {
    constexpr std::string_view words = "PL/pgSQL function inline_code_block line ";
    const auto last = context.rfind('\n') + 1;  // npos + 1 is 0
    return context.compare(last, words.size(), words) == 0 ? std::atoi(context.c_str() + last + words.size()) : 0;
}

// The server's position counts in what was sent. Behind its end it counts in the text of a statement that was prepared before: 0.
int position_in(const sql::Statement& statement, int server_position) {
    if (server_position == 0) return 0;
    const int position = std::max(server_position - static_cast<int>(count_characters(statement.lead)), 1);
    const std::size_t behind_the_end = count_characters(statement.text) + count_characters(statement.tail) + 1;
    return static_cast<std::size_t>(position) > behind_the_end ? 0 : position;
}

struct Spot {
    int line = 0, column = 0;
    std::string text;  // of the line
};

// As psql shows it: in what was sent.
Spot spot_of(const sql::Statement& statement, int position) {
    const std::string_view text = statement.text;
    const std::size_t at = character_offset(text, static_cast<std::size_t>(position - 1));
    const std::string_view before = text.substr(0, at);
    const std::size_t begin = before.rfind('\n') + 1;
    const auto end = text.find('\n', at);
    Spot out;
    out.line = static_cast<int>(std::ranges::count(before, '\n') + std::ranges::count(statement.lead, '\n')) + 1;
    out.text = begin == 0 ? statement.lead.substr(statement.lead.rfind('\n') + 1) : "";
    out.column = static_cast<int>(count_characters(out.text) + count_characters(before.substr(begin))) + 1;
    out.text += text.substr(begin, std::min(end - begin, most_of_a_line));
    if (end == std::string_view::npos) out.text += std::string_view(statement.tail).substr(0, statement.tail.find('\n'));
    return out;
}

}  // namespace

Session::Session(const Unit& unit, pg::Connection& home, const World& world, Deadline deadline)
    : unit_(unit),
      home_(home),
      world_(world),
      deadline_(deadline),
      variables_(unit.script.variables, home),
      first_(home.address()),
      environment_(world.environment),
      print_(world.print),
      standard_(world.out),
      initial_(world.results, world.results_name),
      dropped_(nullptr),
      standard_input_(*world.files, variables_),
      results_(world.results ? &initial_ : &standard_) {
    listen(home_);
    variables_.echo_lines_with([this](std::string_view line) { say(std::string(line) + "\n"); });
    if (unit.script.may_run_programs) {
        variables_.run_programs_with(
            [this](std::string_view program) { return process::output_of(std::string(program), environment_, folder_.string()); });
    }
}

Session::~Session() { home_.on_notice({}); }

void Session::listen(pg::Connection& connection) {
    connection.on_notice([this](const pg::Notice& n) { world_.bus->publish(heard(n)); });
}

event::Notice Session::heard(const pg::Notice& n) const {
    event::Notice out{n.severity, n.sqlstate, n.message, n.detail, n.hint, place_, unit_.step};
    const bool is_ours = n.internal_query.empty();
    const int position = !is_ours ? n.position : current_ != nullptr ? position_in(*current_, n.position) : 0;
    if (position > 0) {
        sql::Statement internal;
        internal.text = n.internal_query;
        const Spot spot = spot_of(is_ours ? *current_ : internal, position);
        if (is_ours) out.place = current_->place_of(position);
        out.sent_line = spot.line;
        out.sent_column = spot.column;
        out.sent_text = spot.text;
        out.internal_query = n.internal_query;
    }
    if (!world_.tags) return out;
    if (lower(variables_.variable("SHOW_CONTEXT").value_or("")) == "always") out.context = n.context;
    const std::string verbosity = lower(variables_.variable("VERBOSITY").value_or(""));
    if (verbosity != "terse" && verbosity != "sqlstate") return out;
    if (verbosity == "sqlstate") out.message = n.sqlstate;
    if (verbosity == "terse" && n.position > 0) out.message += " at character " + std::to_string(n.position);
    out.detail = out.hint = out.internal_query = out.context = "";
    out.sent_line = 0;
    return out;
}

Diagnostic Session::worded(Diagnostic why) const {
    if (!world_.tags || why.sqlstate.empty()) return why;
    if (lower(variables_.variable("SHOW_CONTEXT").value_or("")) == "never") why.context.clear();
    const std::string verbosity = lower(variables_.variable("VERBOSITY").value_or(""));
    if (verbosity != "terse" && verbosity != "sqlstate") return why;
    if (verbosity == "sqlstate") why.message = why.sqlstate;
    if (verbosity == "terse" && why.server_position > 0) why.message += " at character " + std::to_string(why.server_position);
    why.detail = why.hint = why.context = why.internal_query = "";
    why.sent_line = why.server_position = 0;
    return why;
}

void Session::say(std::string text) {
    if (skipping_) return;
    if (world_.out)
        standard_.write(text);
    else
        world_.bus->publish(event::ScriptOutput{unit_.step, std::move(text)});
}

std::filesystem::path Session::resolve(const std::string& path) const {
    const auto home = environment_.find("HOME");
    if (path.starts_with("~/") && home != environment_.end()) return home->second + path.substr(1);
    return folder_ / path;
}

bool Session::forgives(const Diagnostic& failure) {
    // After a \connect that failed there is nothing to go on with, as in psql.
    const bool goes_on = unit_.mode != Mode::whole && failure.error == Error::failed && !variables_.on_error_stop() && !nowhere_;
    if (!goes_on) return false;
    ++failures_;
    world_.bus->publish(event::Problem{event::Level::error, worded(failure)});
    return true;
}

void Session::note_outcome(const pg::Rows& rows) { variables_.succeeded(rows.row_count().empty() ? "0" : rows.row_count()); }

void Session::note_failure(const Diagnostic& why) {
    variables_.failed(why);
    last_failure_ = why;
}

std::vector<Place> Session::chain() const {
    std::vector<Place> out;
    for (auto it = open_.rbegin(); it != open_.rend(); ++it) {
        if (it->from.line > 0) out.push_back(it->from);
    }
    return out;
}

Diagnostic Session::placed(Diagnostic failure, const sql::Statement& statement) const {
    if (failure.place.line > 0 || failure.error == Error::stopped) return failure;
    int position = failure.internal_query.empty() ? position_in(statement, failure.server_position) : 0;
    if (failure.sqlstate == "22021" && !statement.traits.copy_from_stdin) {
        const int broken = first_broken_character(statement.text);
        if (position == 0) position = broken;
        if (failure.hint.empty() && broken > 0) failure.hint = "save the file as UTF-8, or begin it with SET client_encoding";
    }
    const int shown = position > 0 ? position : statement.position_in_block(line_in_block(failure.context));
    failure.place = statement.place_of(shown);
    failure.line_text = statement.line_of(shown);
    if (position > 0) {
        const Spot spot = spot_of(statement, position);
        failure.sent_line = spot.line;
        failure.sent_column = spot.column;
        failure.sent_text = spot.text;
    }
    failure.included_from = statement.included_from.empty() ? chain() : statement.included_from;  // it may have been held until its file had ended
    failure.step = unit_.step;
    // "COPY t, line 3, column a": a line of the data, which has a place of its own.
    if (statement.traits.copies_in > 0 && failure.context.starts_with("COPY ") && !open_.empty()) {
        if (const auto found = failure.context.find(", line "); found != std::string::npos) {
            const int index = std::atoi(failure.context.c_str() + found + 7);
            if (index > 0) {
                failure.place.line = open_.back().reader->copy_line(index);
                failure.place.column = 0;
                failure.line_text.clear();
            }
        }
    }
    return failure;
}

// What a statement is that the reader gave: counted over all files, and what \\g alone sends is the last one.
StatementPtr Session::follow(sql::Statement statement) {
    place_ = statement.place;
    if (statement.repeated) {
        if (!last_) return nullptr;
        sql::Statement again = *last_;
        again.then = std::move(statement.then);
        again.alone = again.repeated = true;
        statement = std::move(again);
    }
    statement.number = ++number_;
    statement.included_from = chain();
    note_effects(statement);
    last_ = std::make_shared<const sql::Statement>(std::move(statement));
    return last_;
}

void Session::note_effects(const sql::Statement& statement) {
    drops_schema_ = drops_schema_ || speaks_of_dropping_schemas(statement.text);
    if (may_make_rules(statement)) ruled_.reset();
}

Task<Result<StatementPtr>> Session::next() {
    paused_ = false;
    if (!std::exchange(begun_, true)) {
        auto reader = sql::Reader::open(*world_.files, unit_.script, variables_);
        if (!reader) co_return reader.error();
        open_.push_back({std::make_unique<sql::Reader>(std::move(reader).value()), {}});
    }
    if (std::exchange(was_empty_, false)) variables_.succeeded("0");
    if (held_) {
        const sql::Meta command = std::move(*std::exchange(held_, std::nullopt));
        auto done = co_await meta(command);
        if (!done && !forgives(done.error())) co_return done.error();
    }
    while (!open_.empty()) {
        auto item = open_.back().reader->next();
        if (!item) {
            Diagnostic failure = item.error();
            failure.included_from = chain();
            failure.step = unit_.step;
            if (!forgives(failure)) co_return failure;
        } else if (auto* statement = std::get_if<sql::Statement>(&*item)) {
            if (statement->unfinished && unit_.mode != Mode::autocommit) co_return *statement->unfinished;
            if (StatementPtr out = follow(std::move(*statement))) co_return out;
        } else if (const auto* command = std::get_if<sql::Meta>(&*item)) {
            if (variables_.unsettled()) {  // it is carried out once the statements before it are
                held_ = *command;
                paused_ = true;
                co_return nullptr;
            }
            auto done = co_await meta(*command);
            if (!done && !forgives(done.error())) co_return done.error();
        } else if (std::holds_alternative<sql::Empty>(*item)) {
            sql::Statement nothing;
            nothing.tail = ";";
            last_ = std::make_shared<const sql::Statement>(std::move(nothing));
            if (variables_.unsettled()) {
                was_empty_ = paused_ = true;
                co_return nullptr;
            }
            variables_.succeeded("0");
        } else if (std::holds_alternative<sql::Pause>(*item)) {
            paused_ = true;
            co_return nullptr;
        } else {
            open_.pop_back();
        }
    }
    co_return nullptr;
}

}  // namespace pgprimer::script
