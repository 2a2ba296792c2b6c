#pragma once
#include <chrono>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pgprimer {

std::string_view trim(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);
std::string join(std::span<const std::string> parts, std::string_view separator);
std::string lower(std::string_view text);              // ASCII
bool iequals(std::string_view a, std::string_view b);  // ASCII

// The candidate nearest to `word` by edit distance, if it is near enough to be a slip of the finger.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

// "roles, extensions" -> "roles-extensions": lower-case letters, digits, single hyphens.
std::string slug(std::string_view name);

// "1.5s", "250 ms", "2m 05s": for people.
std::string human(std::chrono::nanoseconds duration);
// "60s", "1500ms", "15m", "2h", "1h30m", "0"; nullopt where it is none. No negative ones.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// Valid UTF-8 whatever comes in: bytes that are none are written as \xNN; NUL and other control characters but tab too.
std::string printable(std::string_view bytes);
// Number of characters of valid or invalid UTF-8 before byte `offset` (a continuation byte does not count).
std::size_t count_characters(std::string_view bytes);
// Byte offset of character number `index` (from 0); text.size() at the most.
std::size_t character_offset(std::string_view text, std::size_t index);

std::string json_quote(std::string_view text);  // with the quotes; invalid UTF-8 as by printable()

// For a part of a URL: all but letters, digits and -._~ as %XX (or %xx).
std::string percent_encode(std::string_view text, bool upper = true);

// SQL quoting: "x" and 'x' (E'..' where there is a backslash).
std::string quote_identifier(std::string_view name);
std::string quote_literal(std::string_view value);

// One word of a shell's command line: in '...' where it has to be.
std::string shell_word(std::string_view word);

std::string hex(std::span<const unsigned char> bytes);
std::string random_id();  // 32 hexadecimal digits from the system's random source, as a UUID in its usual form

}  // namespace pgprimer
