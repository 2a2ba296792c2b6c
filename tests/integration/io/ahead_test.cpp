// Of threads, so that it is run under the thread sanitizer.
#include "pgprimer/io/ahead.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

namespace pgprimer::io {
namespace {

// `size` bytes in pieces of uneven length, then the end or an error.
class Numbers final : public Source {
public:
    Numbers(std::size_t size, bool breaks) : left_(size), breaks_(breaks) {}
    Result<std::size_t> read(char* into, std::size_t size) override {
        if (left_ == 0 && breaks_) return Diagnostic(Error::config, "broken");
        const std::size_t count = std::min({left_, size, 1 + at_ % 70'000});
        for (std::size_t i = 0; i < count; ++i) into[i] = byte(at_ + i);
        at_ += count;
        left_ -= count;
        return count;
    }
    static char byte(std::size_t at) { return static_cast<char>(at * 31 + at / 251); }

private:
    std::size_t left_, at_ = 0;
    bool breaks_;
};

// What was read, and how it ended.
std::string ending(std::size_t size, bool breaks, std::size_t& total) {
    const auto ahead = read_ahead(std::make_unique<Numbers>(size, breaks));
    std::mt19937 random(7);
    std::string buffer(100'000, '\0');
    total = 0;
    while (true) {
        const auto got = ahead->read(buffer.data(), 1 + random() % buffer.size());
        if (!got) return got.error().message + (ahead->read(buffer.data(), 1).has_error() ? ", again" : ", once");
        if (*got == 0) return *ahead->read(buffer.data(), 1) == 0 ? "end" : "more";
        for (std::size_t i = 0; i < *got; ++i) {
            if (buffer[i] != Numbers::byte(total + i)) return "other bytes";
        }
        total += *got;
    }
}

TEST(Ahead, GivesTheSameBytesAndTheSameEnd) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{256} << 10U, std::size_t{5'000'001}}) {
        std::size_t total = 0;
        EXPECT_EQ(ending(size, false, total), "end") << size;
        EXPECT_EQ(total, size);
        EXPECT_EQ(ending(size, true, total), "broken, again") << size;
        EXPECT_EQ(total, size) << "what stands before the error comes first";
    }
}

TEST(Ahead, MayBeLeftInTheMiddle) {
    char byte = 0;
    for (int i = 0; i < 20; ++i) {
        const auto ahead = read_ahead(std::make_unique<Numbers>(std::size_t{1} << 30U, false));
        for (int k = 0; k < i % 3; ++k) EXPECT_TRUE(ahead->read(&byte, 1));
    }
}

}  // namespace
}  // namespace pgprimer::io
