#include "pgprimer/sql/reader.hpp"

#include <algorithm>
#include <cstring>

#include "arguments.hpp"
#include "input.hpp"
#include "not_sql.hpp"
#include "pgprimer/base/text.hpp"
#include "scanner.h"
#include "tokens.hpp"
#include "written.hpp"

namespace pgprimer::sql {
namespace {

constexpr std::size_t most_source = 64U << 10U;

struct DestroyScanner {
    void operator()(pgprimer_scanner* s) const { pgprimer_scanner_destroy(s); }
};

std::string cut_line(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    return std::string(line.substr(0, most_source));
}

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

}  // namespace

struct Reader::State {
    State(std::unique_ptr<io::Source> bytes, Script s, const Surroundings& around)
        : script(std::move(s)), input(std::move(bytes), script), surroundings(&around) {
        scanner.reset(pgprimer_scanner_create(script.syntax == Syntax::psql ? &State::variable : nullptr, this));
    }

    static char* variable(const char* name, pgprimer_quote quote, void* passthrough) {
        auto* state = static_cast<State*>(passthrough);
        const auto value = state->surroundings->variable(name);
        const std::size_t written = pgprimer_scanner_matched(state->scanner.get());
        if (written == std::strlen(name) + 4) {  // :{?name}, which the scanner replaces by TRUE or FALSE
            state->replacements.push_back({state->size(), value ? std::size_t{4} : std::size_t{5}, written});
            return value ? ::strdup("") : nullptr;
        }
        if (!value) return nullptr;
        const std::string text = quote == PGPRIMER_LITERAL ? quote_literal(*value) : quote == PGPRIMER_IDENTIFIER ? quote_identifier(*value) : *value;
        state->replacements.push_back({state->size(), text.size(), written});
        return ::strdup(text.c_str());
    }

    [[nodiscard]] std::size_t size() const { return pgprimer_scanner_size(scanner.get()); }
    [[nodiscard]] Place here(std::size_t byte) const;
    [[nodiscard]] std::string shown() const { return script.name.empty() ? script.path.string() : script.name; }

    // The first line is no line for people.
    [[nodiscard]] Diagnostic not_text(std::string message) const { return Diagnostic(Error::config, std::move(message)).with_place({shown(), 0, 0}); }
    [[nodiscard]] Diagnostic failure(std::string message, Place at) const {
        Diagnostic out(Error::config, std::move(message));
        out.place = std::move(at);
        out.line_text = cut_line(line);
        return out;
    }

    Result<bool> read_line();
    Result<void> replace_placeholders();
    Result<Item> scan_on(bool* found);
    Result<Item> command();
    Result<Item> block();
    Result<Item> at_end();
    void note_scanned(std::size_t before, std::size_t from, std::size_t to);
    void keep_source(std::string_view text);
    Statement take_statement();

    Script script;
    Input input;
    const Surroundings* surroundings;
    std::unique_ptr<pgprimer_scanner, DestroyScanner> scanner;
    std::string line;  // being scanned
    int line_number = 0;
    std::size_t line_at = 0;     // how far
    std::size_t scan_begin = 0;  // where in the line the scanner's own counting begins
    bool scanning = false;
    bool first = true;
    int number = 0;
    int data_line = 0;

    // Of the statement being collected.
    Place place;
    std::string source;
    std::vector<Statement::Replacement> replacements;
    bool joined = false, escaped = false;
    pgprimer_inside inside = PGPRIMER_NOTHING;

    // Placeholders replaced in this line: as Statement::Replacement, `at` in the line.
    std::vector<Statement::Replacement> line_replacements;
    std::string written_line;
};

// A byte of the line; where placeholders were replaced in it, the place is that of the line as written.
Place Reader::State::here(std::size_t byte) const {
    std::string_view text = line;
    if (!line_replacements.empty()) {
        text = written_line;
        std::size_t written = byte;
        for (const auto& replaced : line_replacements) {
            if (replaced.at >= byte) break;
            if (byte < replaced.at + replaced.sent) {
                written -= byte - replaced.at;
                break;
            }
            written = written + replaced.written - replaced.sent;
        }
        byte = written;
    }
    return {shown(), line_number, static_cast<int>(count_characters(text.substr(0, byte))) + 1};
}

Result<bool> Reader::State::read_line() {
    auto next = input.line();
    if (!next) {
        Diagnostic why = next.error();
        if (why.place.file.empty()) why.place = {shown(), 0, 0};
        return why;
    }
    if (!next.value()) return false;
    line.assign(*next.value());
    line_number = input.line_number();
    line_at = scan_begin = 0;
    if (first) {
        first = false;
        if (const auto other = what_it_is_instead(line); !other.what.empty()) return not_text(other.what).with_hint(other.hint);
        if (script.begin == 0 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    }
    if (const auto nul = line.find('\0'); nul != std::string::npos) {
        Diagnostic binary = failure("a NUL byte: this is not SQL text", here(nul));
        binary.line_text = printable(binary.line_text);
        return std::move(binary).with_hint("PostgreSQL takes no NUL in text; is the file binary, or UTF-16?");
    }
    line_replacements.clear();
    if (script.syntax == Syntax::flyway) PGPRIMER_CHECK(replace_placeholders());
    return true;
}

// Flyway's ${name}, replaced before anything else is looked at, as Flyway does.
Result<void> Reader::State::replace_placeholders() {
    written_line = line;
    std::vector<Statement::Replacement> replaced;
    std::string out;
    std::size_t at = 0;
    while (true) {
        const auto begin = line.find("${", at);
        const auto end = begin == std::string::npos ? begin : line.find('}', begin);
        if (end == std::string::npos) break;
        const std::string name = line.substr(begin + 2, end - begin - 2);
        const auto value = script.variables.find(name);
        if (value == script.variables.end()) {
            return failure("the placeholder ${" + name + "} has no value", here(begin))
                .with_hint("set placeholders = { \"" + name + "\" = \"...\" } in the step");
        }
        out += line.substr(at, begin - at);
        replaced.push_back({out.size(), value->second.size(), end + 1 - begin});
        out += value->second;
        at = end + 1;
    }
    if (at == 0) return {};
    out += line.substr(at);
    line = std::move(out);
    line_replacements = std::move(replaced);
    return {};
}

void Reader::State::keep_source(std::string_view text) {
    if (source.size() < most_source) source += text.substr(0, most_source - source.size());
}

// Bookkeeping after the scanner has read the line's bytes [from, to) and the statement has grown from `before`.
void Reader::State::note_scanned(std::size_t before, std::size_t from, std::size_t to) {
    if (size() == before) return;
    std::size_t text_begin = from;
    const std::string_view part = std::string_view(line).substr(from, to - from);
    if (before == 0) {
        // The scanner drops space, but keeps comments.
        text_begin = from + std::min(part.find_first_not_of(" \t\r\f\v"), part.size());
        place = here(text_begin);
        source.clear();
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
    out.text.resize(text.size());
    out.place = place;
    out.source = std::move(source);
    out.replacements = std::move(replacements);
    std::ranges::stable_sort(out.replacements, {}, &Statement::Replacement::at);
    out.multiple = joined && is_several(out.text);  // the \; may stand inside quotes
    if (escaped) note_joints(out);
    drop_leading_comment(out);
    out.traits = classify(out.text);
    if (out.multiple) out.traits.is_plain = false;
    source.clear();
    replacements.clear();
    joined = escaped = false;
    inside = PGPRIMER_NOTHING;
    pgprimer_scanner_reset(scanner.get());
    return out;
}

Result<Item> Reader::State::command() {
    const std::size_t begin = line_at;  // behind the backslash
    const Place at = here(begin - 1);
    if (script.syntax != Syntax::psql) {
        return failure("psql's commands (\\) are not part of a migration's SQL", at)
            .with_hint("a literal backslash belongs into quotes; scripts with meta-commands run in a step with sql = [...]");
    }
    auto read = read_command(std::string_view(line).substr(begin), *surroundings);
    if (!read) return failure(read.error().message, here(begin + static_cast<std::size_t>(std::max(read.error().place.column, 1)) - 1));
    Meta meta{read->name, std::move(read->arguments), at, cut_line(line)};
    line_at = begin + read->consumed;
    if (size() > 0) replacements.push_back({size(), 0, line_at - begin + 1});
    // The scanner goes on behind the command, in the state it was in.
    pgprimer_scanner_finish(scanner.get());
    scan_begin = line_at;
    pgprimer_scanner_setup(scanner.get(), line.data() + line_at, line.size() - line_at, surroundings->client_encoding().c_str(),
                           surroundings->standard_conforming_strings());
    return Item(std::move(meta));
}

Result<Item> Reader::State::scan_on(bool* found) {
    *found = true;
    const std::size_t before = size();
    pgprimer_inside now = PGPRIMER_NOTHING;
    const auto result = pgprimer_scanner_scan(scanner.get(), &now);
    if (pgprimer_scanner_out_of_memory(scanner.get())) return failure("the statement is too long for the memory there is", place);
    const long consumed = pgprimer_scanner_consumed(scanner.get());
    const std::size_t from = line_at;
    if (result == PGPRIMER_END_OF_LINE)
        line_at = line.size();
    else if (consumed >= 0)
        line_at = scan_begin + static_cast<std::size_t>(consumed);
    note_scanned(before, from, line_at);
    inside = now;
    if (result == PGPRIMER_SEMICOLON) {
        if (is_nothing({pgprimer_scanner_text(scanner.get()), size()})) {
            (void)take_statement();
            *found = false;
            return Item(End{});
        }
        Statement statement = take_statement();
        statement.number = ++number;
        return Item(std::move(statement));
    }
    if (result == PGPRIMER_BACKSLASH) {
        if (consumed < 0) return failure("a variable's value holds a backslash command", here(from));
        return command();
    }
    pgprimer_scanner_finish(scanner.get());
    scanning = false;
    *found = false;
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
    if (inside != PGPRIMER_NOTHING && inside != PGPRIMER_STATEMENT) {
        const pgprimer_inside what = inside;
        const Statement open = take_statement();
        const auto quote = what == PGPRIMER_PARENTHESIS ? std::string_view::npos : open_quote(open.text);
        const int position =
            quote == std::string_view::npos ? 0 : static_cast<int>(count_characters(std::string_view(open.text).substr(0, quote))) + 1;
        Diagnostic why(Error::config, what == PGPRIMER_PARENTHESIS
                                          ? "the statement that begins here ends inside a parenthesis"
                                          : std::string("unterminated ") + name_of(what) + ": it is opened here and the file ends without its end");
        why.place = open.place_of(position);
        why.line_text = cut_line(open.line_of(position));
        why.hint = what == PGPRIMER_PARENTHESIS    ? "a ) is missing"
                   : what == PGPRIMER_COMMENT      ? "close it with */"
                   : what == PGPRIMER_DOLLAR_QUOTE ? "close it with the same dollars and tag that open it"
                                                   : "close it; inside it the quote itself is written twice";
        return why;
    }
    if (is_nothing({pgprimer_scanner_text(scanner.get()), size()})) return Item(End{});
    Statement statement = take_statement();
    statement.number = ++number;
    return Item(std::move(statement));
}

Reader::Reader(std::unique_ptr<io::Source> source, Script script, const Surroundings& surroundings)
    : state_(std::make_unique<State>(std::move(source), std::move(script), surroundings)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

Result<std::unique_ptr<io::Source>> open_script(const io::Files& files, const Script& script) {
    const auto stat = script.path == "-" ? std::nullopt : files.stat(script.path);
    if (stat && stat->type == io::Stat::Type::directory) {
        Diagnostic folder(Error::config, "\"" + script.path.string() + "\" is a folder, not a script");
        folder.place.file = script.path.string();
        return std::move(folder).with_hint("name its files: " + (script.path / "*.sql").string());
    }
    return io::open(files, script.path);
}

Result<Reader> Reader::open(const io::Files& files, const Script& script, const Surroundings& surroundings) {
    PGPRIMER_TRY(auto source, open_script(files, script));
    return Reader(std::move(source), script, surroundings);
}

Result<Item> Reader::next() {
    State& s = *state_;
    while (true) {
        if (!s.scanning) {
            PGPRIMER_TRY(const bool got, s.read_line());
            if (!got) return s.at_end();
            if (s.script.syntax == Syntax::goose && s.size() == 0) {
                const std::string_view text = trim(s.line);
                if (text.starts_with("--") && iequals(trim(text.substr(2)), "+goose StatementBegin")) {
                    PGPRIMER_TRY(Item item, s.block());
                    if (std::holds_alternative<End>(item)) continue;
                    return item;
                }
            }
            if (s.size() > 0) {
                pgprimer_scanner_append(s.scanner.get(), "\n", 1);
                s.keep_source("\n");
                s.keep_source(s.line_replacements.empty() ? s.line : s.written_line);
            }
            pgprimer_scanner_setup(s.scanner.get(), s.line.data(), s.line.size(), s.surroundings->client_encoding().c_str(),
                                   s.surroundings->standard_conforming_strings());
            s.scanning = true;
        }
        bool found = false;
        PGPRIMER_TRY(Item item, s.scan_on(&found));
        if (!found) continue;
        if (const auto* statement = std::get_if<Statement>(&item); statement != nullptr && statement->traits.copy_from_stdin)
            s.data_line = s.input.line_number() + 1;
        return item;
    }
}

Result<std::optional<std::string_view>> Reader::copy_data() { return state_->input.data(); }
int Reader::copy_line(int index) const { return state_->data_line + index - 1; }
const Script& Reader::script() const { return state_->script; }
Place Reader::place() const {
    if (const int data = state_->input.line_number(); data != state_->line_number) return {state_->shown(), data, 0};
    return state_->here(state_->line_at);
}

}  // namespace pgprimer::sql
