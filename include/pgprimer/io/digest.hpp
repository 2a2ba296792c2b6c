#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pgprimer/io/files.hpp"

namespace pgprimer::io {

// SHA-256, incrementally.
class Digest {
public:
    Digest();
    ~Digest();
    Digest(Digest&&) noexcept;
    Digest& operator=(Digest&&) noexcept;
    Digest& add(std::string_view bytes);
    // A value with its length before it, so that ("ab","c") and ("a","bc") differ.
    Digest& field(std::string_view bytes);
    std::string hex();  // ends it: 64 hexadecimal digits

private:
    struct State;
    std::unique_ptr<State> state_;
};

// Of a text file's content as checksums see it: no BOM, "\r\n" and lone "\r" read as "\n".
class TextDigest {
public:
    TextDigest& add(std::string_view bytes);
    std::string hex();

private:
    Digest digest_;
    std::string head_;  // until it is known whether there is a BOM
    bool started_ = false;
    bool carriage_ = false;  // the last byte was '\r'
};

Result<std::string> text_digest(const Files& files, const fs::path& path);  // unpacked
Result<std::string> raw_digest(const Files& files, const fs::path& path);

// What stands for a file's stat (size, mtime, ctime, inode, device), of no meaning but for being compared; none for a file changed less than 2 s ago.
using Signature = std::array<std::uint64_t, 5>;
std::optional<Signature> signature(const Stat& stat, std::int64_t now_ns);

}  // namespace pgprimer::io
