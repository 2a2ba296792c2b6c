#include "ensure_password.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

#include "pgprimer/base/text.hpp"

// libpgcommon's: 0 where `*output` (from malloc) is the prepared password.
extern "C" int pg_saslprep(const char* input, char** output);

namespace pgprimer::steps {
namespace {

constexpr int iterations = 4096;  // the server's own
constexpr int most_iterations = 10'000'000;
constexpr std::size_t salt_length = 16;
constexpr std::string_view scram = "SCRAM-SHA-256$";

using Digest = std::array<unsigned char, 32>;

void check(bool good) {
    if (!good) throw std::runtime_error("OpenSSL failed while working on a password's verifier");
}

// As server and libpq do: what SASLprep refuses is taken as it stands.
std::string prepared(const std::string& password) {
    char* output = nullptr;
    if (pg_saslprep(password.c_str(), &output) != 0) return password;
    const std::unique_ptr<char, decltype(&std::free)> owner(output, &std::free);
    return output;
}

Digest hmac(std::span<const unsigned char> key, std::string_view text) {
    Digest digest{};
    unsigned int length = 0;
    check(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
               digest.data(), &length) != nullptr);
    return digest;
}

std::string base64(std::span<const unsigned char> bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

std::optional<std::vector<unsigned char>> from_base64(std::string_view text) {
    if (text.empty() || text.size() % 4 != 0 || text.size() > 1000) return std::nullopt;
    std::vector<unsigned char> bytes(text.size() / 4 * 3);
    const int length = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (length < 0) return std::nullopt;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    bytes.resize(static_cast<std::size_t>(length) - padding);
    return bytes;
}

// STORED:SERVER of RFC 5803.
std::string keys(const std::string& password, std::span<const unsigned char> salt, int rounds) {
    const std::string text = prepared(password);
    Digest salted{};
    check(PKCS5_PBKDF2_HMAC(text.data(), static_cast<int>(text.size()), salt.data(), static_cast<int>(salt.size()), rounds, EVP_sha256(),
                            static_cast<int>(salted.size()), salted.data()) == 1);
    const Digest client = hmac(salted, "Client Key");
    Digest stored{};
    unsigned int length = 0;
    check(EVP_Digest(client.data(), client.size(), stored.data(), &length, EVP_sha256(), nullptr) == 1);
    return base64(stored) + ":" + base64(hmac(salted, "Server Key"));
}

bool same(std::string_view a, std::string_view b) { return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

// Where the library has no MD5 (FIPS) no such verifier is ever equal.
bool md5_matches(std::string_view verifier, const std::string& role, const std::string& password) {
    const std::string text = password + role;
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_md5(), nullptr) != 1) return false;
    return same(verifier, "md5" + hex(std::span(digest.data(), length)));
}

struct Scram {
    int rounds = 0;
    std::vector<unsigned char> salt;
    std::string_view keys;
};

std::optional<Scram> read_scram(std::string_view verifier) {
    if (!verifier.starts_with(scram)) return std::nullopt;
    std::string_view rest = verifier.substr(scram.size());
    Scram read;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), read.rounds);
    if (error != std::errc{} || read.rounds < 1 || read.rounds > most_iterations) return std::nullopt;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    const auto dollar = rest.find('$');
    if (!rest.starts_with(':') || dollar == std::string_view::npos) return std::nullopt;
    auto salt = from_base64(rest.substr(1, dollar - 1));
    if (!salt) return std::nullopt;
    read.salt = std::move(*salt);
    read.keys = rest.substr(dollar + 1);
    return read;
}

bool is_md5(std::string_view verifier) {
    return verifier.size() == 35 && verifier.starts_with("md5") && verifier.find_first_not_of("0123456789abcdef", 3) == std::string_view::npos;
}

}  // namespace

bool is_verifier(std::string_view password) { return is_md5(password) || read_scram(password); }

std::string scram_verifier(const std::string& password) {
    if (is_verifier(password)) return password;
    std::array<unsigned char, salt_length> salt{};
    check(RAND_bytes(salt.data(), static_cast<int>(salt.size())) == 1);
    return std::string(scram) + std::to_string(iterations) + ":" + base64(salt) + "$" + keys(password, salt, iterations);
}

bool verifier_matches(std::string_view verifier, const std::string& role, const std::string& password) {
    if (is_verifier(password)) return same(verifier, password);
    if (is_md5(verifier)) return md5_matches(verifier, role, password);
    const auto read = read_scram(verifier);
    return read && same(read->keys, keys(password, read->salt, read->rounds));
}

}  // namespace pgprimer::steps
