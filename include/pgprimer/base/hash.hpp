#pragma once
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace pgprimer {

// FNV-1a over the parts, each with its length before it: for keys that have to be the same everywhere, not against an adversary.
constexpr std::uint64_t stable_hash(std::initializer_list<std::string_view> parts) {
    std::uint64_t hash = 0xCBF29CE484222325U;
    const auto add = [&hash](std::uint64_t byte) { hash = (hash ^ byte) * 0x100000001B3U; };
    for (const std::string_view part : parts) {
        for (unsigned shift = 0; shift < 64; shift += 8) add(part.size() >> shift & 0xFFU);
        for (const char c : part) add(static_cast<unsigned char>(c));
    }
    return hash;
}

}  // namespace pgprimer
