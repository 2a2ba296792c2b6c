#include "pgprimer/base/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <random>

namespace pgprimer {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }
char lower_char(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// Characters put in, left out, changed, or two beside one another swapped.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    const auto same = [&](std::size_t i, std::size_t j) { return lower_char(a[i]) == lower_char(b[j]); };
    for (std::size_t i = 0; i < a.size(); ++i) {
        before.swap(last);
        last.swap(row);
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            row[j + 1] = std::min({row[j] + 1, last[j + 1] + 1, last[j] + (same(i, j) ? 0U : 1U)});
            if (i > 0 && j > 0 && same(i, j - 1) && same(i - 1, j)) row[j + 1] = std::min(row[j + 1], before[j - 1] + 1);
        }
    }
    return row.back();
}

}  // namespace

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (true) {
        const auto end = text.find(separator);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
    std::string text;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0) text += separator;
        text += parts[i];
    }
    return text;
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), lower_char);
    return out;
}

bool iequals(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) { return lower_char(x) == lower_char(y); });
}

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
    if (word.size() > 200) return std::nullopt;
    std::optional<std::string> best;
    std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const std::string& candidate : candidates) {
        const std::size_t longer = std::max(word.size(), candidate.size()), shorter = std::min(word.size(), candidate.size());
        if (longer - shorter >= best_distance) continue;  // so many letters are to be added at least
        if (const std::size_t d = distance(word, candidate); d < best_distance && d < longer) {
            best_distance = d;
            best = candidate;
        }
    }
    return best;
}

std::string slug(std::string_view name) {
    std::string out;
    for (const char c : name) {
        const char l = lower_char(c);
        const bool word = (l >= 'a' && l <= 'z') || (l >= '0' && l <= '9') || static_cast<unsigned char>(l) >= 0x80U || l == '_';
        if (word)
            out += l;
        else if (!out.empty() && out.back() != '-')
            out += '-';
    }
    while (!out.empty() && out.back() == '-') out.pop_back();
    return out;
}

std::string human(std::chrono::nanoseconds duration) {
    const double ms = std::chrono::duration<double, std::milli>(duration).count();
    std::array<char, 48> buffer{};
    if (ms < 1)
        std::snprintf(buffer.data(), buffer.size(), "%.1f ms", ms);
    else if (ms < 1000)
        std::snprintf(buffer.data(), buffer.size(), "%.0f ms", ms);
    else if (ms < 60'000)
        std::snprintf(buffer.data(), buffer.size(), "%.1f s", ms / 1000);
    else {
        const auto seconds = static_cast<long long>(std::llround(ms / 1000));
        if (seconds < 3600)
            std::snprintf(buffer.data(), buffer.size(), "%lldm %02llds", seconds / 60, seconds % 60);
        else
            std::snprintf(buffer.data(), buffer.size(), "%lldh %02lldm", seconds / 3600, seconds / 60 % 60);
    }
    return buffer.data();
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    text = trim(text);
    if (text == "0") return std::chrono::milliseconds{0};
    if (text.empty()) return std::nullopt;
    double total = 0;
    while (!text.empty()) {
        std::size_t digits = 0;
        double number = 0, scale = 0;
        for (; digits < text.size() && ((text[digits] >= '0' && text[digits] <= '9') || (text[digits] == '.' && scale == 0)); ++digits) {
            if (text[digits] == '.') {
                scale = 1;
                continue;
            }
            number = number * 10 + (text[digits] - '0');
            scale *= 10;
        }
        if (digits == 0 || (digits == 1 && scale == 1)) return std::nullopt;
        if (scale > 1) number /= scale;
        text.remove_prefix(digits);
        while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
        std::size_t letters = 0;
        while (letters < text.size() && std::isalpha(static_cast<unsigned char>(text[letters])) != 0) ++letters;
        const std::string unit = lower(text.substr(0, letters));
        text.remove_prefix(letters);
        while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
        if (unit == "ms")
            total += number;
        else if (unit == "s" || unit == "sec")
            total += number * 1000;
        else if (unit == "m" || unit == "min")
            total += number * 60'000;
        else if (unit == "h")
            total += number * 3'600'000;
        else if (unit == "d")
            total += number * 86'400'000;
        else
            return std::nullopt;
    }
    if (total > 1e13) return std::nullopt;  // some 300 years
    return std::chrono::milliseconds{std::llround(total)};
}

std::string printable(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    static constexpr char digits[] = "0123456789ABCDEF";
    const auto escape = [&out](unsigned char c) { out += {'\\', 'x', digits[c >> 4U], digits[c & 15U]}; };
    for (std::size_t i = 0; i < bytes.size();) {
        const auto c = static_cast<unsigned char>(bytes[i]);
        if (c < 0x80U) {
            if ((c < 0x20U && c != '\t') || c == 0x7FU)
                escape(c);
            else
                out += static_cast<char>(c);
            ++i;
            continue;
        }
        const std::size_t length = c >= 0xF0U && c <= 0xF4U ? 4 : c >= 0xE0U && c < 0xF0U ? 3 : c >= 0xC2U && c < 0xE0U ? 2 : 0;
        bool valid = length > 0 && i + length <= bytes.size();
        for (std::size_t k = 1; valid && k < length; ++k) valid = is_continuation(bytes[i + k]);
        if (valid && length > 2) {  // overlong forms, surrogates, beyond U+10FFFF
            const auto second = static_cast<unsigned char>(bytes[i + 1]);
            valid = !(c == 0xE0U && second < 0xA0U) && !(c == 0xEDU && second >= 0xA0U) && !(c == 0xF0U && second < 0x90U) &&
                    !(c == 0xF4U && second >= 0x90U);
        }
        if (!valid) {
            escape(c);
            ++i;
            continue;
        }
        if (length == 2 && c == 0xC2U && static_cast<unsigned char>(bytes[i + 1]) < 0xA0U) {  // C1 controls
            escape(c);
            escape(static_cast<unsigned char>(bytes[i + 1]));
        } else {
            out.append(bytes.substr(i, length));
        }
        i += length;
    }
    return out;
}

std::size_t count_characters(std::string_view bytes) {
    return static_cast<std::size_t>(std::ranges::count_if(bytes, [](char c) { return !is_continuation(c); }));
}

std::size_t character_offset(std::string_view text, std::size_t index) {
    std::size_t at = 0;
    while (at < text.size() && index > 0) {
        ++at;
        while (at < text.size() && is_continuation(text[at])) ++at;
        --index;
    }
    return at;
}

std::string percent_encode(std::string_view text, bool upper) {
    const char* digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    std::string out;
    for (const char c : text) {
        const auto u = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        if (plain)
            out += c;
        else
            out += {'%', digits[u >> 4U], digits[u & 15U]};
    }
    return out;
}

std::string json_quote(std::string_view text) {
    std::string out = "\"";
    std::size_t begin = 0;
    const auto flush = [&](std::size_t end) {
        std::string clean = printable(text.substr(begin, end - begin));
        for (const char c : clean) {
            if (c == '"' || c == '\\') out += '\\';
            if (c == '\t')
                out += "\\t";
            else
                out += c;
        }
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\n' || text[i] == '\r') {
            flush(i);
            out += text[i] == '\n' ? "\\n" : "\\r";
            begin = i + 1;
        }
    }
    flush(text.size());
    return out + "\"";
}

std::string quote_identifier(std::string_view name) {
    std::string out = "\"";
    for (const char c : name) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + "\"";
}

std::string quote_literal(std::string_view value) {
    std::string out = value.find('\\') == std::string_view::npos ? "'" : "E'";
    for (const char c : value) {
        if (c == '\'' || c == '\\') out += c;
        out += c;
    }
    return out + "'";
}

std::string shell_word(std::string_view word) {
    const auto is_safe = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("_-./:@%+=,").find(c) < 12;
    };
    if (!word.empty() && std::ranges::all_of(word, is_safe)) return std::string(word);
    std::string out = "'";
    for (const char c : word) out += c == '\'' ? "'\\''" : std::string(1, c);
    return out + "'";
}

std::string hex(std::span<const unsigned char> bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out(bytes.size() * 2, '0');
    char* to = out.data();
    for (const unsigned char byte : bytes) {
        *to++ = digits[byte >> 4U];
        *to++ = digits[byte & 15U];
    }
    return out;
}

std::string random_id() {
    std::random_device device;
    std::array<unsigned char, 16> bytes{};
    for (auto& byte : bytes) byte = static_cast<unsigned char>(device() & 0xFFU);
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x40U);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
    std::string id = hex(bytes);
    for (const std::size_t at : {8U, 13U, 18U, 23U}) id.insert(at, "-");
    return id;
}

}  // namespace pgprimer
