#pragma once
// A script's bytes, as lines and as COPY data, in memory bounded by the longest line asked for.
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pgprimer/io/files.hpp"
#include "pgprimer/sql/script.hpp"

namespace pgprimer::sql {

class Input {
public:
    Input(std::unique_ptr<io::Source> source, const Script& script);

    // The next line without its line feed; nullopt at the end of the range. Valid until the next call.
    Result<std::optional<std::string_view>> line();
    // COPY data up to `\.` or the end: pieces of at most 64 KiB.
    Result<std::optional<std::string_view>> data();
    // The first bytes, without taking them.
    Result<std::string_view> peek(std::size_t size);

    [[nodiscard]] int line_number() const { return line_; }  // of the line that line() gave last

private:
    Result<bool> more();  // false at the end
    void make_room(std::size_t size);
    [[nodiscard]] std::string_view rest() const { return {buffer_.get() + at_, end_ - at_}; }
    void take(std::size_t size) { at_ += size; }

    std::unique_ptr<io::Source> source_;
    std::uint64_t skip_, left_;
    std::unique_ptr<char[]> buffer_;  // holds bytes from at_ to end_; never cleared, which would cost as much as reading
    std::size_t capacity_ = 0;
    std::size_t at_ = 0, end_ = 0;
    int line_;
    bool ended_ = false;
    bool at_line_start_ = true;  // of COPY data
};

}  // namespace pgprimer::sql
