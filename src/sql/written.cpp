#include "written.hpp"

#include <algorithm>

#include "pgprimer/base/text.hpp"
#include "tokens.hpp"

namespace pgprimer::sql {

void drop_leading_comment(Statement& s) {
    const std::size_t lead = first_token(s.text);
    if (lead == 0 || lead == std::string_view::npos) return;
    const Place begin = s.place_of(static_cast<int>(count_characters(std::string_view(s.text).substr(0, lead))) + 1);
    for (int line = s.place.line; line < begin.line; ++line) s.source.erase(0, std::min(s.source.find('\n'), s.source.size() - 1) + 1);
    std::erase_if(s.replacements, [lead](const auto& r) { return r.at < lead; });
    for (auto& r : s.replacements) r.at -= lead;
    s.lead = s.text.substr(0, lead);
    s.text.erase(0, lead);
    s.place = begin;
}

void note_joints(Statement& s) {
    const std::string_view first = std::string_view(s.source).substr(0, s.source.find('\n'));
    const std::size_t begin = character_offset(first, static_cast<std::size_t>(std::max(s.place.column, 1) - 1));
    Tokens tokens(s.text);
    while (const auto token = tokens.next()) {
        if (token->text != ";" && token->text != ":") continue;
        std::size_t written = begin + token->at;
        auto next = s.replacements.begin();
        for (; next != s.replacements.end() && next->at < token->at; ++next) written = written + next->written - next->sent;
        if (written < s.source.size() && std::string_view(s.source).substr(written, 2) == "\\" + std::string(token->text))
            s.replacements.insert(next, {token->at, 0, 1});
    }
}

}  // namespace pgprimer::sql
