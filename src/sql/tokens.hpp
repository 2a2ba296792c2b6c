#pragma once
// A statement's words, as far as telling its kind needs them. Not a parser.
#include <optional>
#include <string>
#include <string_view>

namespace pgprimer::sql {

struct Token {
    enum class Kind { word, quoted_name, string, number, symbol } kind = Kind::symbol;
    std::string_view text;   // as written
    std::size_t at = 0;      // byte in the statement
    int depth = 0;           // of parentheses around it
};

class Tokens {
public:
    explicit Tokens(std::string_view text) : text_(text) {}
    // Comments are passed over; nullopt at the end.
    std::optional<Token> next();

private:
    void skip_space();
    std::size_t string_end(std::size_t begin, char quote, bool backslashes) const;

    std::string_view text_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

// Byte of the first token; npos where there is none but comments.
std::size_t first_token(std::string_view text);

}  // namespace pgprimer::sql
