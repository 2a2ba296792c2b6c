#pragma once
// A statement's words, as far as telling its kind needs them. Not a parser.
#include <optional>
#include <string>
#include <string_view>

namespace pgprimer::sql {

struct Token {
    enum class Kind { word, quoted_name, string, number, symbol } kind = Kind::symbol;
    std::string_view text;  // as written
    std::size_t at = 0;     // byte in the statement
    int depth = 0;          // of parentheses around it
};

class Tokens {
public:
    explicit Tokens(std::string_view text) : text_(text) {}
    // Comments are passed over; nullopt at the end.
    std::optional<Token> next();
    // Byte at which the string, quoted name or comment begins that the text ends inside; npos: none. Known after the last token.
    [[nodiscard]] std::size_t open_at() const { return open_at_; }

private:
    void skip_space();
    std::size_t string_end(std::size_t begin, char quote, bool backslashes);

    std::string_view text_;
    std::size_t at_ = 0, open_at_ = std::string_view::npos;
    int depth_ = 0;
};

// Byte at which the string, quoted name or comment begins that the text ends inside; npos: none.
std::size_t open_quote(std::string_view text);

// Whether a semicolon stands between two statements, outside quotes and parentheses.
bool is_several(std::string_view text);

// Whether there is nothing but comments and semicolons.
bool is_nothing(std::string_view text);

// Byte of the first token; npos where there is none but comments.
std::size_t first_token(std::string_view text);

}  // namespace pgprimer::sql
