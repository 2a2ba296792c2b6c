#include <gtest/gtest.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <random>

#include "pgprimer/io/files.hpp"
#include "support/fake_files.hpp"

namespace pgprimer::io {
namespace {

std::string gzip(const std::string& text) {
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, text.size()) + 32, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string xz(const std::string& text) {
    std::string out(lzma_stream_buffer_bound(text.size()), '\0');
    std::size_t size = 0;
    EXPECT_EQ(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                                      reinterpret_cast<std::uint8_t*>(out.data()), &size, out.size()),
              LZMA_OK);
    out.resize(size);
    return out;
}

std::string zstd(const std::string& text) {
    std::string out(ZSTD_compressBound(text.size()), '\0');
    auto* const context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    const std::size_t size = ZSTD_compress2(context, out.data(), out.size(), text.data(), text.size());
    ZSTD_freeCCtx(context);
    EXPECT_EQ(ZSTD_isError(size), 0U);
    out.resize(size);
    return out;
}

struct Packing {
    const char* extension;
    std::string (*pack)(const std::string&);
};

void PrintTo(const Packing& packing, std::ostream* out) { *out << packing.extension; }

class Unpack : public testing::TestWithParam<Packing> {
protected:
    [[nodiscard]] std::string pack(const std::string& text) const { return GetParam().pack(text); }
    [[nodiscard]] fs::path path() const { return std::string("/a.sql") + GetParam().extension; }
    [[nodiscard]] Result<std::string> read(const std::string& bytes, std::size_t chunk = 0, const fs::path& as = {}) const {
        test::FakeFiles files;
        const fs::path name = as.empty() ? path() : as;
        files.add(name, bytes).chunks(test::chunks_of(chunk));
        return read_all(files, name, 64U << 20U);
    }
};

std::string noise(std::size_t size) {
    std::mt19937 random(5);
    std::string out(size, '\0');
    for (auto& c : out) c = static_cast<char>(random());
    return out;
}

TEST_P(Unpack, GivesBackWhatWasPacked) {
    for (const std::string& text : {std::string(), std::string("SELECT 1;\n"), std::string(5'000'000, 'x'), noise(300'000)}) {
        for (const std::size_t chunk : {0U, 1U, 4096U}) {
            if (chunk == 1 && text.size() > 1000 && text[0] != 'x') continue;  // slow
            const auto got = read(pack(text), chunk);
            ASSERT_TRUE(got) << got.error().message;
            EXPECT_TRUE(*got == text) << text.size() << " in pieces of " << chunk;
        }
    }
}

TEST_P(Unpack, ReadsSeveralMembers) {
    for (const std::size_t chunk : {0U, 1U, 7U}) {
        EXPECT_EQ(*read(pack("a") + pack("") + pack("bc"), chunk), "abc");
        EXPECT_EQ(*read(pack("a") + std::string(512, '\0') + pack("b") + std::string(8, '\0'), chunk), "ab") << "with padding";
    }
}

TEST_P(Unpack, SaysThatItIsCutOff) {
    const std::string whole = pack("SELECT 1; -- some text that is long enough to be cut anywhere\n");
    for (std::size_t size = 1; size < whole.size(); ++size) {
        const auto got = read(whole.substr(0, size), size % 3);
        ASSERT_TRUE(got.has_error()) << size;
        EXPECT_EQ(got.error().message, "\"" + path().string() + "\" is cut off: the archive ends in the middle") << size;
        EXPECT_EQ(got.error().place.file, path().string());
    }
    EXPECT_TRUE(read(pack("a") + whole.substr(0, whole.size() - 1)).has_error()) << "in its second member";
    EXPECT_EQ(read("").error().message, "\"" + path().string() + "\" is empty: no archive");
}

TEST_P(Unpack, SaysThatItIsCorrupt) {
    const std::string text = noise(2000);
    const std::string whole = pack(text);
    for (std::size_t at = whole.size() / 2; at < whole.size(); ++at) {
        std::string bytes = whole;
        bytes[at] = static_cast<char>(bytes[at] ^ 0x55);
        const auto got = read(bytes);
        ASSERT_TRUE(got.has_error()) << at << " of " << whole.size();
        EXPECT_EQ(got.error().error, Error::config);
        EXPECT_NE(got.error().message.find(path().string()), std::string::npos);
    }
    EXPECT_NE(read("SELECT 1; -- plain text\n").error().message.find("is no archive, though its name ends in"), std::string::npos);
    EXPECT_TRUE(read(whole + "SELECT 1;").has_error()) << "something behind it";
}

TEST_P(Unpack, TellsStandardInputByItsFirstBytes) {
    for (const std::size_t chunk : {0U, 1U, 5U}) {
        EXPECT_EQ(*read(pack("abc"), chunk, "-"), "abc");
        EXPECT_EQ(*read(pack("a") + pack("b"), chunk, "-"), "ab");
    }
}

INSTANTIATE_TEST_SUITE_P(Packings, Unpack, testing::Values(Packing{".gz", gzip}, Packing{".xz", xz}, Packing{".zst", zstd}),
                         [](const auto& packing) { return std::string(packing.param.extension + 1); });

TEST(Plain, IsReadAsItIs) {
    test::FakeFiles files{{"/a.sql", "SELECT 1;"}, {"/b.gz.sql", gzip("x")}, {"-", "ab"}, {"/empty", ""}};
    for (const std::size_t chunk : {0U, 1U}) {
        files.chunks(test::chunks_of(chunk));
        EXPECT_EQ(*read_all(files, "/a.sql", 100), "SELECT 1;");
        EXPECT_EQ(*read_all(files, "/b.gz.sql", 100), gzip("x"));
        EXPECT_EQ(*read_all(files, "-", 100), "ab");
        EXPECT_EQ(*read_all(files, "/empty", 100), "");
    }
    EXPECT_TRUE(read_all(files, "/none", 100).has_error());
}

TEST(ReadAll, HasALimit) {
    const test::FakeFiles files{{"/a", std::string(3U << 20U, 'x')}, {"/b.gz", gzip(std::string(3U << 20U, 'x'))}};
    EXPECT_EQ(read_all(files, "/a", 3U << 20U)->size(), 3U << 20U);
    EXPECT_EQ(read_all(files, "/a", (3U << 20U) - 1).error().message, "\"/a\" is too large: more than 2 MB");
    EXPECT_TRUE(read_all(files, "/b.gz", 2U << 20U).has_error());
}

}  // namespace
}  // namespace pgprimer::io
