#include "input.hpp"

#include <algorithm>
#include <cstring>

namespace pgprimer::sql {
namespace {

constexpr std::size_t piece_size = 64U << 10U;

}  // namespace

Input::Input(std::unique_ptr<io::Source> source, const Script& script)
    : source_(std::move(source)), skip_(script.begin), left_(script.end - script.begin), line_(script.first_line - 1) {}

void Input::make_room(std::size_t size) {
    const std::string_view kept = rest();
    if (kept.size() + size > capacity_) {
        capacity_ = std::max(2 * capacity_, kept.size() + size);
        auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
        std::copy(kept.begin(), kept.end(), larger.get());
        buffer_ = std::move(larger);
    } else if (at_ > 0) {
        std::memmove(buffer_.get(), kept.data(), kept.size());
    }
    at_ = 0;
    end_ = kept.size();
}

Result<bool> Input::more() {
    if (ended_) return false;
    // Long lines are read in growing steps, so that their bytes are moved a bounded number of times.
    const std::size_t wanted = std::clamp(end_ - at_, piece_size, std::size_t{16} << 20U);
    make_room(wanted);
    char* into = buffer_.get() + end_;
    PGPRIMER_TRY(std::size_t size, source_->read(into, wanted));
    if (size == 0) {
        ended_ = true;
        return false;
    }
    if (skip_ > 0) {
        const std::size_t dropped = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, size));
        std::memmove(into, into + dropped, size - dropped);
        skip_ -= dropped;
        size -= dropped;
    }
    if (size >= left_) {
        size = static_cast<std::size_t>(left_);
        ended_ = true;
    }
    left_ -= size;
    end_ += size;
    return size > 0 || !ended_;
}

Result<std::string_view> Input::peek(std::size_t size) {
    while (rest().size() < size) {
        PGPRIMER_TRY(const bool got, more());
        if (!got) break;
    }
    return rest().substr(0, size);
}

Result<std::optional<std::string_view>> Input::line() {
    at_line_start_ = true;
    std::size_t searched = 0;
    while (true) {
        const auto end = rest().find('\n', searched);
        if (end != std::string_view::npos) {
            const auto out = rest().substr(0, end);
            take(end + 1);
            ++line_;
            return std::optional(out);
        }
        searched = rest().size();
        PGPRIMER_TRY(const bool got, more());
        if (got) continue;
        if (rest().empty()) return std::optional<std::string_view>{};
        const auto out = rest();
        take(out.size());
        ++line_;
        return std::optional(out);
    }
}

Result<std::optional<std::string_view>> Input::data() {
    if (at_line_start_) {
        while (rest().size() < 4) {
            PGPRIMER_TRY(const bool got, more());
            if (!got) break;
        }
        for (const std::string_view end : {"\\.\n", "\\.\r\n"}) {
            if (!rest().starts_with(end)) continue;
            take(end.size());
            ++line_;
            return std::optional<std::string_view>{};
        }
        if (rest() == "\\." || rest() == "\\.\r") {
            take(rest().size());
            ++line_;
            return std::optional<std::string_view>{};
        }
    }
    if (rest().empty()) {
        PGPRIMER_TRY(const bool got, more());
        if (!got || rest().empty()) return std::optional<std::string_view>{};
    }
    std::string_view out = rest().substr(0, piece_size);
    // A line that may be the end is looked at by the next call, from its first byte.
    for (auto end = out.find('\n'); end != std::string_view::npos; end = out.find('\n', end + 1)) {
        ++line_;
        const std::string_view next = out.substr(end + 1, 2);
        if (next == "\\." || next == "\\") {
            out = out.substr(0, end + 1);
            break;
        }
    }
    take(out.size());
    at_line_start_ = out.ends_with('\n');
    return std::optional(out);
}

}  // namespace pgprimer::sql
