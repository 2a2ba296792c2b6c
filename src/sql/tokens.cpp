#include "tokens.hpp"

#include <algorithm>

namespace pgprimer::sql {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80; }

}  // namespace

void Tokens::skip_space() {
    while (at_ < text_.size()) {
        if (is_space(text_[at_])) {
            ++at_;
        } else if (text_.substr(at_, 2) == "--") {
            at_ = std::min(text_.find('\n', at_), text_.size());
        } else if (text_.substr(at_, 2) == "/*") {
            int nested = 0;
            const std::size_t begin = at_;
            do {
                const auto pair = text_.substr(at_, 2);
                if (pair == "/*") ++nested;
                if (pair == "*/") --nested;
                at_ += pair == "/*" || pair == "*/" ? 2 : 1;
            } while (nested > 0 && at_ < text_.size());
            if (nested > 0) open_at_ = begin;
        } else {
            return;
        }
    }
}

std::size_t Tokens::string_end(std::size_t begin, char quote, bool backslashes) {
    for (std::size_t i = begin + 1; i < text_.size(); ++i) {
        if (backslashes && text_[i] == '\\') {
            ++i;
        } else if (text_[i] == quote) {
            if (i + 1 < text_.size() && text_[i + 1] == quote)
                ++i;
            else
                return i + 1;
        }
    }
    open_at_ = begin;
    return text_.size();
}

std::optional<Token> Tokens::next() {
    skip_space();
    if (at_ >= text_.size()) return std::nullopt;
    const std::size_t begin = at_;
    const char c = text_[begin];
    Token token{Token::Kind::symbol, {}, begin, depth_};
    if (c == '\'' || c == '"') {
        token.kind = c == '"' ? Token::Kind::quoted_name : Token::Kind::string;
        at_ = string_end(begin, c, false);
    } else if ((c == 'E' || c == 'e') && begin + 1 < text_.size() && text_[begin + 1] == '\'') {
        token.kind = Token::Kind::string;
        at_ = string_end(begin + 1, '\'', true);
    } else if (is_letter(c)) {
        token.kind = Token::Kind::word;
        while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]) || text_[at_] == '$')) ++at_;
    } else if (is_digit(c)) {
        token.kind = Token::Kind::number;
        while (at_ < text_.size() && (is_digit(text_[at_]) || is_letter(text_[at_]) || text_[at_] == '.')) ++at_;
    } else if (c == '$') {
        std::size_t end = begin + 1;
        while (end < text_.size() && (is_letter(text_[end]) || (end > begin + 1 && is_digit(text_[end])))) ++end;
        at_ = begin + 1;
        if (end < text_.size() && text_[end] == '$') {
            const auto tag = text_.substr(begin, end + 1 - begin);
            const auto close = text_.find(tag, end + 1);
            token.kind = Token::Kind::string;
            if (close == std::string_view::npos) open_at_ = begin;
            at_ = close == std::string_view::npos ? text_.size() : close + tag.size();
        }
    } else {
        if (c == '(') ++depth_;
        if (c == ')' && depth_ > 0) token.depth = --depth_;
        ++at_;
    }
    token.text = text_.substr(begin, at_ - begin);
    return token;
}

std::size_t open_quote(std::string_view text) {
    Tokens tokens(text);
    while (tokens.next()) {}
    return tokens.open_at();
}

bool is_several(std::string_view text) {
    Tokens tokens(text);
    bool ended = false;
    while (const auto token = tokens.next()) {
        if (ended) return true;
        ended = token->text == ";" && token->depth == 0;
    }
    return false;
}

bool is_nothing(std::string_view text) {
    Tokens tokens(text);
    while (const auto token = tokens.next()) {
        if (token->text != ";") return false;
    }
    return true;
}

std::size_t first_token(std::string_view text) {
    const auto token = Tokens(text).next();
    return token ? token->at : std::string_view::npos;
}

}  // namespace pgprimer::sql
