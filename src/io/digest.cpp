#include "pgprimer/io/digest.hpp"

#include <openssl/evp.h>

#include <stdexcept>

#include "pgprimer/base/text.hpp"

namespace pgprimer::io {

struct Digest::State {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

Digest::Digest() : state_(std::make_unique<State>()) {
    // Looked for once: EVP_sha256() would be at every start.
    static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> sha256(EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free);
    if (!sha256 || EVP_DigestInit_ex(state_->context.get(), sha256.get(), nullptr) != 1) throw std::runtime_error("no SHA-256 in this OpenSSL");
}
Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

Digest& Digest::add(std::string_view bytes) {
    EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size());
    return *this;
}

Digest& Digest::field(std::string_view bytes) {
    std::string whole = std::to_string(bytes.size()) + ":";
    return bytes.size() > 4096 ? add(whole).add(bytes) : add(whole.append(bytes));
}

std::string Digest::hex() {
    std::array<unsigned char, 32> out{};
    EVP_DigestFinal_ex(state_->context.get(), out.data(), nullptr);
    return pgprimer::hex(out);
}

TextDigest& TextDigest::add(std::string_view bytes) {
    std::string joined;
    if (!started_) {
        head_ += bytes;
        if (head_.size() < 3) return *this;
        started_ = true;
        joined = std::move(head_);
        head_.clear();
        bytes = joined;
        if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
    }
    if (!carriage_ && bytes.find('\r') == std::string_view::npos) {
        digest_.add(bytes);
        return *this;
    }
    std::string out;
    out.reserve(bytes.size());
    for (const char c : bytes) {
        if (c == '\n' && carriage_) {
            carriage_ = false;
            continue;
        }
        carriage_ = c == '\r';
        out += c == '\r' ? '\n' : c;
    }
    digest_.add(out);
    return *this;
}

std::string TextDigest::hex() {
    if (!started_ && !head_.empty()) {
        std::string rest = std::move(head_);
        head_ = "\xEF\xBB\xBF";
        add(rest);  // a BOM of our own before what is too short to have one
    }
    return digest_.hex();
}

namespace {

template <class Sum>
Result<std::string> digest_of(Result<std::unique_ptr<Source>> source) {
    if (!source) return source.error();
    Sum sum;
    constexpr std::size_t size = 64U << 10U;
    const auto buffer = std::make_unique_for_overwrite<char[]>(size);
    while (true) {
        PGPRIMER_TRY(const std::size_t got, (*source)->read(buffer.get(), size));
        if (got == 0) return sum.hex();
        sum.add(std::string_view(buffer.get(), got));
    }
}

}  // namespace

Result<std::string> text_digest(const Files& files, const fs::path& path) { return digest_of<TextDigest>(open(files, path)); }
Result<std::string> raw_digest(const Files& files, const fs::path& path) { return digest_of<Digest>(files.open_raw(path)); }

std::optional<Signature> signature(const Stat& stat, std::int64_t now_ns) {
    constexpr std::int64_t too_young = 2'000'000'000;
    if (now_ns - stat.mtime_ns < too_young || now_ns - stat.ctime_ns < too_young) return std::nullopt;
    return Signature{stat.size, static_cast<std::uint64_t>(stat.mtime_ns), static_cast<std::uint64_t>(stat.ctime_ns), stat.inode, stat.device};
}

}  // namespace pgprimer::io
