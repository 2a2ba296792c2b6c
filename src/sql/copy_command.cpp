#include "pgprimer/sql/copy_command.hpp"

#include "pgprimer/base/text.hpp"
#include "tokens.hpp"

namespace pgprimer::sql {
namespace {

Diagnostic wrong(const std::string& why) {
    return Diagnostic(Error::failed, "\\copy: " + why)
        .with_hint("\\copy TABLE [(COLUMNS)] | (QUERY) from | to FILE | program 'COMMAND' | stdin | stdout [OPTIONS]");
}

// A word, or a string in single quotes, from `at` on; a semicolon ends it.
std::string_view next_word(std::string_view text, std::size_t& at) {
    constexpr std::string_view space = " \t\n\r";
    at = std::min(text.find_first_not_of(space, at), text.size());
    const std::size_t begin = at;
    if (at < text.size() && text[at] == '\'') {
        for (++at; at < text.size(); ++at) {
            if (text[at] != '\'') continue;
            if (at + 1 < text.size() && text[at + 1] == '\'')
                ++at;
            else
                break;
        }
        at = std::min(at + 1, text.size());
    } else {
        at = std::min(text.find_first_of(" \t\n\r;", at), text.size());
    }
    return text.substr(begin, at - begin);
}

bool is_quoted(std::string_view word) { return word.size() >= 2 && word.front() == '\'' && word.back() == '\''; }

std::string unquoted(std::string_view word) {
    if (!is_quoted(word)) return std::string(word);
    std::string out;
    word = word.substr(1, word.size() - 2);
    for (std::size_t i = 0; i < word.size(); ++i) {
        out += word[i];
        if (word.substr(i).starts_with("''")) ++i;
    }
    return out;
}

}  // namespace

Result<CopyCommand> parse_copy(std::string_view text) {
    CopyCommand out;
    Tokens tokens(text);
    std::size_t direction = std::string_view::npos, after = 0;
    while (const auto token = tokens.next()) {
        if (token->kind != Token::Kind::word || token->depth > 0) continue;
        out.from = iequals(token->text, "from");
        if (!out.from && !iequals(token->text, "to")) continue;
        direction = token->at;
        after = token->at + token->text.size();
        break;
    }
    if (direction == std::string_view::npos) return wrong("there is no \"from\" and no \"to\" on this line");
    const std::string_view what = trim(text.substr(0, direction));
    if (what.empty()) return wrong("it names no table and no query");
    const std::string_view word = next_word(text, after);
    if (word.empty()) return wrong("it names no file");
    if (iequals(word, "program")) {
        const std::string_view command = next_word(text, after);
        if (!is_quoted(command)) return wrong("the program stands in single quotes");
        out.end = CopyCommand::End::program;
        out.name = unquoted(command);
    } else if (iequals(word, "stdin") || iequals(word, "stdout")) {
        out.end = CopyCommand::End::script;
    } else if (iequals(word, "pstdin") || iequals(word, "pstdout")) {
        out.end = CopyCommand::End::console;
    } else {
        out.end = CopyCommand::End::file;
        out.name = unquoted(word);
    }
    out.statement = "COPY " + std::string(what) + (out.from ? " FROM STDIN " : " TO STDOUT ") + std::string(trim(text.substr(after)));
    return out;
}

}  // namespace pgprimer::sql
