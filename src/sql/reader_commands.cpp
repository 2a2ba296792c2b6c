// The backslash commands that a Reader has to know itself: branches, and those about the statement that is being collected.
#include <algorithm>

#include "arguments.hpp"
#include "pgprimer/base/text.hpp"
#include "reader_state.hpp"

namespace pgprimer::sql {

using Use = MetaCommand::Use;

// Where a command, or a branch that is not taken, stood in the middle of a statement.
void Reader::State::note_command(bool was_taken, std::size_t begin) {
    if (was_taken) {
        hidden_source = source_at(begin - 1);
        if (size() > 0 && size() == newline_at + 1) {  // a line of commands only adds nothing to the statement
            truncate(newline_at, pgprimer_scanner_parentheses(scanner.get()));
            hidden_source = source_at(0) - 1;
            newline_at = std::string::npos;
        }
    }
}

void Reader::State::note_place() {
    if (is_taken() && size() > 0) replacements.push_back({size(), 0, source_at(line_at) - hidden_source});
}

Result<Item> Reader::State::command(bool* found) {
    const std::size_t begin = line_at;  // behind the backslash
    const Place at = here(begin - 1);
    if (script.syntax != Syntax::psql) {
        broken = true;
        return failure("psql's commands (\\) are not part of a migration's SQL", at)
            .with_hint("a literal backslash belongs into quotes; scripts with meta-commands run in a step with sql = [...]");
    }
    const bool was_taken = is_taken();
    const std::string_view rest = std::string_view(line).substr(begin);
    bool evaluates = was_taken;
    if (rest.starts_with("elif")) evaluates = branches.asks("elif");
    auto read = read_command(rest, *surroundings, evaluates);
    line_at = begin + (read ? read->consumed : rest.size());  // psql leaves the rest of a line with an error in it, too
    pgprimer_scanner_finish(scanner.get());
    if (!read) {
        Diagnostic why = failure(read.error().message, here(begin + static_cast<std::size_t>(std::max(read.error().place.column, 1)) - 1));
        why.error = Error::failed;
        why.hint = read.error().hint;
        note_command(was_taken, begin);
        note_place();
        set_up(line_at);
        return why;
    }
    Meta meta;
    meta.name = std::move(read->name);
    meta.arguments = std::move(read->arguments);
    meta.quoted = read->quoted;
    meta.computed = read->computed;
    meta.place = at;
    meta.line_text = cut_line(line);
    const Use use = read->known == nullptr ? Use::refuse : read->known->use;
    if (read->known == nullptr && !was_taken) {  // as psql: what it does not know it cannot pass over
        note_command(was_taken, begin);
        note_place();
        set_up(line_at);
        const Refusal why = refusal_of(meta.name);
        Diagnostic unknown = failure(why.message, at).with_hint(why.hint);
        unknown.error = Error::failed;
        return unknown;
    }
    note_command(was_taken, begin);
    Result<void> branched;
    if (use == Use::branch) branched = branch(meta);
    note_place();
    // The scanner goes on behind the command, in the state it was in.
    set_up(line_at);
    if (!branched) return branched.error();
    *found = was_taken && use != Use::branch;
    if (!*found) return Item(End{});
    if (meta.name == "q" || meta.name == "quit") {
        *found = false;
        quit = branches.empty() || !branches.takes_all();
        if (quit) branches.clear();
        return Item(End{});
    }
    if (use == Use::query) {
        if (auto why = surroundings->refuses(meta)) {
            why->place = meta.place;
            why->line_text = meta.line_text;
            set_up(line_at = line.size());  // what else stands there goes
            return std::move(*why);
        }
        return query_command(std::move(meta), found);
    }
    if (use == Use::buffer) {
        meta.buffer.assign(pgprimer_scanner_text(scanner.get()), size());
        if (meta.name == "r" || meta.name == "reset") { (void)take_statement(); }
    }
    return Item(std::move(meta));
}

Result<void> Reader::State::branch(const Meta& meta) {
    const auto fails = [this, &meta](std::string why) {
        Diagnostic out = failure(std::move(why), meta.place);
        out.error = Error::failed;
        return out;
    };
    if (branches.takes_all()) {
        if (meta.name == "if") branches.begin(true, meta.place, {});
        if (meta.name == "endif") branches.end();
        return {};
    }
    bool condition = false;
    std::string wrong;
    if (branches.asks(meta.name)) {
        const std::string expression = join(meta.arguments, " ");
        const Boolean value = parse_boolean(expression);
        condition = value == Boolean::yes;
        if (value == Boolean::neither) wrong = "\\" + meta.name + ": \"" + expression + "\" is neither true nor false";
    }
    const bool skipped = !is_taken();
    if (skipped && meta.name != "if") truncate(branches.kept().length, branches.kept().parentheses);
    const Branches::Collected now{size(), pgprimer_scanner_parentheses(scanner.get())};
    std::string misplaced;
    if (meta.name == "if") branches.begin(condition, meta.place, now);
    if (meta.name == "elif") misplaced = branches.otherwise(condition, now);
    if (meta.name == "else") misplaced = branches.otherwise(now);
    if (meta.name == "endif") misplaced = branches.end();
    if (!misplaced.empty()) return fails(misplaced);
    if (!wrong.empty()) return fails(wrong).with_hint("true, false, yes, no, on, off, 1 or 0; a variable that is not set is left as :name");
    return {};
}

// \g and its kin: they send the statement as a semicolon does, or the last one again where none is being collected.
Item Reader::State::query_command(Meta meta, bool* found) {
    *found = true;
    const bool again = !holds_statement();
    Item item = finished();
    auto& statement = std::get<Statement>(item);
    statement.alone = true;
    if (again) {
        statement = Statement{};
        statement.number = number;
        statement.place = meta.place;
        statement.source = meta.line_text;
        statement.repeated = statement.alone = true;
    }
    statement.traits.is_plain = false;
    statement.traits.lives_in_session |= meta.name == "gset";
    statement.then = std::move(meta);
    return item;
}

}  // namespace pgprimer::sql
