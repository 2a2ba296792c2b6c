#include "pgprimer/io/digest.hpp"

#include <gtest/gtest.h>

#include "support/fake_files.hpp"

namespace pgprimer::io {
namespace {

const std::string sha_of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const std::string sha_of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

TEST(Digest, IsSha256) {
    EXPECT_EQ(Digest().hex(), sha_of_nothing);
    EXPECT_EQ(Digest().add("abc").hex(), sha_of_abc);
    EXPECT_EQ(Digest().add("a").add("").add("bc").hex(), sha_of_abc);
}

TEST(Digest, FieldsKeepTheirBounds) {
    EXPECT_NE(Digest().field("ab").field("c").hex(), Digest().field("a").field("bc").hex());
    EXPECT_NE(Digest().field("").field("a").hex(), Digest().field("a").field("").hex());
    EXPECT_NE(Digest().field("1:a").hex(), Digest().field("1").field("a").hex());
    EXPECT_EQ(Digest().field("ab").field("c").hex(), Digest().field("ab").field("c").hex());
}

std::string text_of(std::string_view bytes, std::size_t piece = 0) {
    TextDigest digest;
    if (piece == 0) return digest.add(bytes).hex();
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) digest.add(bytes.substr(0, piece));
    return digest.hex();
}

TEST(TextDigest, SeesNoBomAndOneKindOfLineEnd) {
    const struct {
        const char* bytes;
        const char* same;
    } cases[] = {
        {"", ""},
        {"a", "a"},
        {"ab", "ab"},
        {"abc", "abc"},
        {"\xEF\xBB\xBF", ""},
        {"\xEF\xBB\xBF"
         "a",
         "a"},
        {"\xEF\xBB\xBF"
         "abc",
         "abc"},
        {"\xEF\xBB", "\xEF\xBB"},
        {"\xEF", "\xEF"},
        {"\xEF\xBB\xBF\xEF\xBB\xBF", "\xEF\xBB\xBF"},
        {"\r", "\n"},
        {"\r\n", "\n"},
        {"a\r\nb\r\n", "a\nb\n"},
        {"a\rb", "a\nb"},
        {"a\r\r\nb", "a\n\nb"},
        {"a\n\rb", "a\n\nb"},
        {"\xEF\xBB\xBF\r\n", "\n"},
    };
    for (const auto& one : cases) {
        const std::string expected = std::string_view(one.same).starts_with("\xEF\xBB\xBF") ? Digest().add(one.same).hex() : text_of(one.same);
        EXPECT_EQ(Digest().add(one.same).hex(), expected) << one.same;
        for (const std::size_t piece : {0U, 1U, 2U, 3U, 4U})
            EXPECT_EQ(text_of(one.bytes, piece), Digest().add(one.same).hex()) << testing::PrintToString(one.bytes) << " in pieces of " << piece;
    }
    EXPECT_NE(text_of("a\n"), text_of("a"));
    EXPECT_NE(text_of("a\n\n"), text_of("a\n"));
    EXPECT_NE(text_of("a "), text_of("a"));
    EXPECT_EQ(text_of("abc"), sha_of_abc);
}

TEST(FileDigest, OfTextAndOfBytes) {
    test::FakeFiles files{{"/a.sql",
                           "\xEF\xBB\xBF"
                           "abc"},
                          {"/b", "abc"}};
    for (const std::size_t size : {0U, 1U, 2U}) {
        files.chunks(test::chunks_of(size));
        EXPECT_EQ(*text_digest(files, "/a.sql"), sha_of_abc);
        EXPECT_EQ(*raw_digest(files, "/b"), sha_of_abc);
        EXPECT_NE(*raw_digest(files, "/a.sql"), sha_of_abc);
    }
    EXPECT_TRUE(text_digest(files, "/none").has_error());
    EXPECT_TRUE(raw_digest(files, "/none").has_error());
}

TEST(Signature, ChangesWithEachPartAndIsNotTakenTooYoung) {
    constexpr std::int64_t second = 1'000'000'000;
    Stat stat;
    stat.size = 5;
    stat.mtime_ns = 10 * second;
    stat.ctime_ns = 11 * second;
    stat.inode = 7;
    stat.device = 8;
    const auto base = signature(stat, 20 * second);
    EXPECT_TRUE(base);
    EXPECT_EQ(signature(stat, 30 * second), base);
    for (auto* part : {&stat.size, &stat.inode, &stat.device}) {
        ++*part;
        EXPECT_NE(signature(stat, 20 * second), base);
        --*part;
    }
    for (auto* part : {&stat.mtime_ns, &stat.ctime_ns}) {
        ++*part;
        EXPECT_NE(signature(stat, 20 * second), base);
        --*part;
    }
    EXPECT_NE(signature(stat, 13 * second), std::nullopt);
    EXPECT_EQ(signature(stat, 13 * second - 1), std::nullopt);  // its ctime
    stat.mtime_ns = 12 * second;
    EXPECT_EQ(signature(stat, 13 * second), std::nullopt);
    stat.mtime_ns = 99 * second;  // in the future
    EXPECT_EQ(signature(stat, 20 * second), std::nullopt);
}

}  // namespace
}  // namespace pgprimer::io
