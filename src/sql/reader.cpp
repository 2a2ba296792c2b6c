#include "pgprimer/sql/reader.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "not_sql.hpp"
#include "pgprimer/base/text.hpp"
#include "reader_state.hpp"
#include "steady.hpp"
#include "tokens.hpp"
#include "written.hpp"

namespace pgprimer::sql {
namespace {

constexpr std::size_t most_source = Statement::most_source;

const char* name_of(pgprimer_inside inside) {
    switch (inside) {
        case PGPRIMER_COMMENT: return "comment (/*)";
        case PGPRIMER_SINGLE_QUOTE: return "quoted string (')";
        case PGPRIMER_DOUBLE_QUOTE: return "quoted name (\")";
        case PGPRIMER_DOLLAR_QUOTE: return "dollar-quoted string ($$)";
        case PGPRIMER_PARENTHESIS: return "parenthesis";
        default: return "statement";
    }
}

// Whether a line speaks of how statements ended, or runs a program: what stands before it has to be executed first.
bool depends_on_outcomes(std::string_view line) {
    if (line.find('\\') != std::string_view::npos && line.find('`') != std::string_view::npos) return true;
    constexpr std::array<std::string_view, 4> names{"ERROR", "SQLSTATE", "ROW_COUNT", "LAST_ERROR"};
    for (auto at = line.find(':'); at != std::string_view::npos; at = line.find(':', at + 1)) {
        const std::string_view name = line.substr(std::min(line.find_first_not_of("{?'\"", at + 1), line.size()));
        if (std::ranges::any_of(names, [name](std::string_view one) { return name.starts_with(one); })) return true;
    }
    return false;
}

}  // namespace

std::string cut_line(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    return std::string(line.substr(0, most_source));
}

Result<std::string> Surroundings::output_of(std::string_view) const {
    return Diagnostic(Error::failed, "backticks run a program, which is off here")
        .with_hint("allow it: programs = true in the step, --programs for pgprimer sql");
}

std::string Surroundings::quoted(const std::string& value, bool is_name) const { return is_name ? quote_identifier(value) : quote_literal(value); }

Reader::State::State(std::unique_ptr<io::Source> bytes, Script s, const Surroundings& around)
    : script(std::move(s)), input(std::move(bytes), script), surroundings(&around) {
    scanner.reset(pgprimer_scanner_create(script.syntax == Syntax::psql ? &State::variable : nullptr, this));
}

char* Reader::State::variable(const char* name, pgprimer_quote quote, void* passthrough) {
    auto* state = static_cast<State*>(passthrough);
    if (!state->is_taken()) return nullptr;
    const auto value = state->surroundings->variable(name);
    const std::size_t written = pgprimer_scanner_matched(state->scanner.get());
    if (written == std::strlen(name) + 4) {  // :{?name}, which the scanner replaces by TRUE or FALSE
        state->replacements.push_back({state->size(), value ? std::size_t{4} : std::size_t{5}, written});
        return value ? ::strdup("") : nullptr;
    }
    if (!value) return nullptr;
    const std::string text = quote == PGPRIMER_PLAIN ? *value : state->surroundings->quoted(*value, quote == PGPRIMER_IDENTIFIER);
    state->replacements.push_back({state->size(), text.size(), written});
    return ::strdup(text.c_str());
}

// The first line is no line for people.
Diagnostic Reader::State::not_text(std::string message) const { return Diagnostic(Error::config, std::move(message)).with_place({shown(), 0, 0}); }

Diagnostic Reader::State::failure(std::string message, Place at) const {
    Diagnostic out(Error::config, std::move(message));
    out.place = std::move(at);
    out.line_text = cut_line(line);
    return out;
}

bool Reader::State::holds_statement() const { return !is_nothing({pgprimer_scanner_text(scanner.get()), size()}); }

Result<bool> Reader::State::read_line() {
    auto next = input.line();
    if (!next) {
        broken = true;
        Diagnostic why = next.error();
        if (why.place.file.empty()) why.place = {shown(), 0, 0};
        return why;
    }
    if (!next.value()) return false;
    line_source += (line_replacements.empty() ? line : written_line).size() + 1;
    line.assign(*next.value());
    line_number = input.line_number();
    line_at = scan_begin = 0;
    if (first) {
        first = false;
        if (const auto other = what_it_is_instead(line); !other.what.empty()) {
            broken = true;
            return not_text(other.what).with_hint(other.hint);
        }
        if (script.begin == 0 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    }
    if (const auto nul = line.find('\0'); nul != std::string::npos) {
        broken = true;
        Diagnostic binary = failure("a NUL byte: this is not SQL text", here(nul));
        binary.line_text = printable(binary.line_text);
        return std::move(binary).with_hint("PostgreSQL takes no NUL in text; is the file binary, or UTF-16?");
    }
    line_replacements.clear();
    if (script.syntax == Syntax::flyway) PGPRIMER_CHECK(replace_placeholders());
    return true;
}

void Reader::State::keep_source(std::string_view text) {
    if (source.size() < most_source) source += text.substr(0, most_source - source.size());
}

void Reader::State::set_up(std::size_t from) {
    scan_begin = line_at = from;
    pgprimer_scanner_setup(scanner.get(), line.data() + from, line.size() - from, surroundings->client_encoding().c_str(),
                           surroundings->standard_conforming_strings());
    scanning = true;
}

// A line that has been read is scanned from here on. An empty one is none to psql, unless a quote or a comment is open.
void Reader::State::begin_line() {
    read_ahead = false;
    newline_at = std::string::npos;
    if (line.empty() && script.syntax == Syntax::psql && !pgprimer_scanner_in_quote(scanner.get())) {
        if (size() > 0) {
            replacements.push_back({size(), 0, 1});
            keep_source("\n");
        }
        return;
    }
    if (script.syntax == Syntax::psql) surroundings->line_begins(line);
    if (size() > 0) {
        const std::string_view written = line_replacements.empty() ? line : written_line;
        newline_at = size();
        pgprimer_scanner_append(scanner.get(), "\n", 1);
        keep_source("\n");
        keep_source(written);
    }
    set_up(0);
}

void Reader::State::truncate(std::size_t length, int parentheses) { pgprimer_scanner_truncate(scanner.get(), length, parentheses); }

// Bookkeeping after the scanner has read the line's bytes [from, to) and the statement has grown from `before`.
void Reader::State::note_scanned(std::size_t before, std::size_t from, std::size_t to) {
    if (size() == before || !is_taken()) return;
    std::size_t text_begin = from;
    const std::string_view part = std::string_view(line).substr(from, to - from);
    if (before == 0) {
        // The scanner drops space, but keeps comments.
        text_begin = from + std::min(part.find_first_not_of(" \t\r\f\v"), part.size());
        place = here(text_begin);
        source.clear();
        line_source = 0;
        keep_source(line_replacements.empty() ? line : written_line);
    }
    for (const auto& replaced : line_replacements) {
        if (replaced.at >= text_begin && replaced.at < to)
            replacements.push_back({before + replaced.at - text_begin, replaced.sent, replaced.written});
    }
    for (auto at = line.find('\\', text_begin); at < to; at = line.find('\\', at + 1)) {
        if (at + 1 < line.size() && line[at + 1] == ';') joined = true;
        escaped = true;
    }
}

Statement Reader::State::take_statement() {
    Statement out;
    out.text.assign(pgprimer_scanner_text(scanner.get()), size());
    std::string_view text = out.text;
    while (!text.empty() && (text.back() == ' ' || text.back() == '\n' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
    if (text.ends_with(';')) text.remove_suffix(1);
    if (script.syntax == Syntax::psql) out.tail = out.text.substr(text.size());
    out.text.resize(text.size());
    out.place = place;
    out.source = std::move(source);
    out.replacements = std::move(replacements);
    std::ranges::stable_sort(out.replacements, {}, &Statement::Replacement::at);
    out.multiple = joined && is_several(out.text);  // the \; may stand inside quotes
    if (escaped) note_joints(out);
    drop_leading_comment(out);
    if (script.syntax != Syntax::psql) out.lead.clear();
    out.traits = classify(out.text);
    if (out.multiple) out.traits.is_plain = false;
    source.clear();
    replacements.clear();
    joined = escaped = false;
    inside = PGPRIMER_NOTHING;
    pgprimer_scanner_reset(scanner.get());
    return out;
}

Item Reader::State::finished() {
    Statement statement = take_statement();
    statement.number = ++number;
    statement.alone = depends;
    return Item(std::move(statement));
}

Result<Item> Reader::State::scan_on(bool* found) {
    *found = true;
    const std::size_t before = size();
    pgprimer_inside now = PGPRIMER_NOTHING;
    const auto result = pgprimer_scanner_scan(scanner.get(), &now);
    if (pgprimer_scanner_out_of_memory(scanner.get())) {
        broken = true;
        return failure("the statement is too long for the memory there is", place);
    }
    const long consumed = pgprimer_scanner_consumed(scanner.get());
    const std::size_t from = line_at;
    if (result == PGPRIMER_END_OF_LINE)
        line_at = line.size();
    else if (consumed >= 0)
        line_at = scan_begin + static_cast<std::size_t>(consumed);
    note_scanned(before, from, line_at);
    inside = now;
    const bool line_ends_it = result == PGPRIMER_END_OF_LINE && (now == PGPRIMER_NOTHING || now == PGPRIMER_STATEMENT) && surroundings->singleline();
    if (result == PGPRIMER_END_OF_LINE) {
        pgprimer_scanner_finish(scanner.get());
        scanning = false;
        *found = false;
    }
    if (result == PGPRIMER_SEMICOLON || line_ends_it) {
        const bool empty = result == PGPRIMER_SEMICOLON && script.syntax == Syntax::psql && !branches.takes_all();  // psql sends it
        *found = is_taken() && (holds_statement() || empty);
        if (*found && !holds_statement()) {
            (void)take_statement();
            return Item(Empty{});
        }
        if (*found) return finished();
        if (is_taken())
            (void)take_statement();
        else
            truncate(branches.kept().length, branches.kept().parentheses);
    }
    if (result == PGPRIMER_BACKSLASH) {
        if (consumed < 0) return failure("a variable's value holds a backslash command", here(from));
        return command(found);
    }
    return Item(End{});
}

// goose: what stands between StatementBegin and StatementEnd is one statement.
Result<Item> Reader::State::block() {
    const Place begin = here(0);
    const std::string begin_line = line;
    Statement out;
    while (true) {
        PGPRIMER_TRY(const bool got, read_line());
        if (!got) return failure("StatementBegin without StatementEnd", begin);
        std::string_view text = trim(line);
        if (text.starts_with("--") && iequals(trim(text.substr(2)), "+goose StatementEnd")) break;
        if (out.text.empty()) {
            if (text.empty()) continue;
            out.place = here(0);
            out.source = line;
            out.text = line;
            continue;
        }
        out.text += "\n" + line;
        if (out.source.size() < most_source) out.source += "\n" + line;
    }
    if (first_token(out.text) == std::string_view::npos) return Item(End{});
    drop_leading_comment(out);
    out.traits = classify(out.text);
    out.traits.is_plain = false;  // several statements, perhaps
    out.multiple = true;
    out.number = ++number;
    return Item(std::move(out));
}

Result<Item> Reader::State::at_end() {
    if (!is_taken()) truncate(branches.kept().length, branches.kept().parentheses);
    const bool is_open = size() > 0 && inside != PGPRIMER_NOTHING && inside != PGPRIMER_STATEMENT;
    if (is_taken() && (holds_statement() || is_open)) {
        const pgprimer_inside what = inside;
        Item item = finished();
        auto& statement = std::get<Statement>(item);
        if (is_open) {
            const auto quote = what == PGPRIMER_PARENTHESIS ? std::string_view::npos : open_quote(statement.text);
            const int position =
                quote == std::string_view::npos ? 0 : static_cast<int>(count_characters(std::string_view(statement.text).substr(0, quote))) + 1;
            Diagnostic why(Error::config, what == PGPRIMER_PARENTHESIS ? "the statement that begins here ends inside a parenthesis"
                                                                       : std::string("unterminated ") + name_of(what) +
                                                                             ": it is opened here and the file ends without its end");
            why.place = statement.place_of(position);
            why.line_text = cut_line(statement.line_of(position));
            why.hint = what == PGPRIMER_PARENTHESIS    ? "a ) is missing"
                       : what == PGPRIMER_COMMENT      ? "close it with */"
                       : what == PGPRIMER_DOLLAR_QUOTE ? "close it with the same dollars and tag that open it"
                                                       : "close it; inside it the quote itself is written twice";
            statement.unfinished = std::move(why);
        }
        return item;
    }
    if (!branches.empty()) {
        Diagnostic open(Error::failed, "\\if without \\endif: the file ends before it");
        open.place = branches.begun();
        branches.clear();
        return std::move(open).with_hint("every \\if needs an \\endif in the same file");
    }
    return Item(End{});
}

Reader::Reader(std::unique_ptr<io::Source> source, Script script, const Surroundings& surroundings)
    : state_(std::make_unique<State>(std::move(source), std::move(script), surroundings)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

Result<std::unique_ptr<io::Source>> open_script(const io::Files& files, const Script& script) {
    const auto stat = script.path == "-" ? std::nullopt : files.stat(script.path);
    if (stat && stat->type == io::Stat::Type::directory) {
        Diagnostic folder(Error::config, "\"" + script.path + "\" is a folder, not a script");
        folder.place.file = script.path;
        return std::move(folder).with_hint("name its files: " + (io::fs::path(script.path) / "*.sql").string());
    }
    PGPRIMER_TRY(auto source, io::open(files, script.path));
    const bool has_size = stat && stat->type == io::Stat::Type::file && stat->size > 0;  // not so in /proc
    if (io::is_packed(script.path) || !has_size) return source;                          // archives tell their end themselves
    return steady(std::move(source), script.path, stat->size);
}

Result<Reader> Reader::open(const io::Files& files, const Script& script, const Surroundings& surroundings) {
    PGPRIMER_TRY(auto source, open_script(files, script));
    return Reader(std::move(source), script, surroundings);
}

void Reader::take_all_branches() { state_->branches.take_all(); }
bool Reader::in_branch() const { return !state_->branches.empty(); }

Result<Item> Reader::next() {
    State& s = *state_;
    while (!s.broken) {
        if (s.quit) return s.at_end();
        if (!s.scanning) {
            if (!s.read_ahead) {
                PGPRIMER_TRY(const bool got, s.read_line());
                if (!got) return s.at_end();
                s.depends = s.script.syntax == Syntax::psql && depends_on_outcomes(s.line);
                s.read_ahead = true;
                if (s.depends && s.surroundings->unsettled()) return Item(Pause{});
            }
            if (s.script.syntax == Syntax::goose && s.size() == 0) {
                const std::string_view text = trim(s.line);
                if (text.starts_with("--") && iequals(trim(text.substr(2)), "+goose StatementBegin")) {
                    s.read_ahead = false;
                    PGPRIMER_TRY(Item item, s.block());
                    if (std::holds_alternative<End>(item)) continue;
                    return item;
                }
            }
            s.begin_line();
            if (!s.scanning) continue;
        }
        bool found = false;
        PGPRIMER_TRY(Item item, s.scan_on(&found));
        if (!found) continue;
        return item;
    }
    return Item(End{});
}

Result<std::optional<std::string_view>> Reader::copy_data() {
    State& s = *state_;
    if (!std::exchange(s.in_data, true)) s.data_line = s.input.line_number() + 1;
    auto piece = s.input.data();
    if (!piece || !piece.value()) s.in_data = false;
    return piece;
}
int Reader::copy_line(int index) const { return state_->data_line + index - 1; }
const Script& Reader::script() const { return state_->script; }
Place Reader::place() const {
    if (const int data = state_->input.line_number(); data != state_->line_number) return {state_->shown(), data, 0};
    return state_->here(state_->line_at);
}

}  // namespace pgprimer::sql
