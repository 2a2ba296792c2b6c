#include "pgprimer/io/ahead.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>

#include "pgprimer/base/parallel.hpp"

namespace pgprimer::io {
namespace {

constexpr std::size_t piece_size = 256U << 10U;

// Pieces go round: the thread fills those that are free, in turn.
class Ahead final : public Source {
public:
    explicit Ahead(std::unique_ptr<Source>& source) {
        if (auto made = quiet_thread([this] { fill(); })) {
            thread_ = std::move(*made);
            source_ = std::move(source);
        }
        if (!source_) return;
        const std::lock_guard lock(mutex_);
        begun_ = true;
        changed_.notify_all();
    }
    ~Ahead() override {
        {
            const std::lock_guard lock(mutex_);
            stopped_ = true;
            changed_.notify_all();
        }
        if (thread_.joinable()) thread_.join();
    }
    Ahead(const Ahead&) = delete;
    Ahead& operator=(const Ahead&) = delete;

    [[nodiscard]] bool began() const { return source_ != nullptr; }

    Result<std::size_t> read(char* into, std::size_t size) override {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return filled_ > 0; });
        Piece& piece = pieces_[first_];
        if (!piece.got) return piece.got.error();
        const std::size_t count = std::min(size, *piece.got - taken_);
        lock.unlock();  // the thread does not touch what is filled
        std::memcpy(into, piece.bytes.get() + taken_, count);
        taken_ += count;
        if (taken_ < *piece.got || count == 0) return count;  // the end stays
        lock.lock();
        taken_ = 0;
        first_ = (first_ + 1) % pieces_.size();
        --filled_;
        changed_.notify_all();
        return count;
    }

private:
    struct Piece {
        std::unique_ptr<char[]> bytes;
        Result<std::size_t> got = std::size_t{0};
    };

    void fill() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return begun_ || stopped_; });
        for (std::size_t next = 0; !stopped_; next = (next + 1) % pieces_.size()) {
            changed_.wait(lock, [this] { return stopped_ || filled_ < pieces_.size(); });
            if (stopped_) return;
            Piece& piece = pieces_[next];
            lock.unlock();
            if (!piece.bytes) piece.bytes = std::make_unique_for_overwrite<char[]>(piece_size);
            piece.got = fill(piece.bytes.get());
            lock.lock();
            ++filled_;
            changed_.notify_all();
            if (!piece.got || *piece.got == 0) return;
        }
    }

    // An error is told where it is met: after the bytes before it.
    Result<std::size_t> fill(char* into) {
        if (failed_) return *failed_;
        std::size_t size = 0;
        while (size < piece_size) {
            auto got = source_->read(into + size, piece_size - size);
            if (!got) {
                if (size == 0) return got.error();
                failed_ = got.error();
                return size;
            }
            if (*got == 0) break;
            size += *got;
        }
        return size;
    }

    std::unique_ptr<Source> source_;
    std::optional<Diagnostic> failed_;  // the thread's
    std::mutex mutex_;
    std::condition_variable changed_;
    std::array<Piece, 4> pieces_;
    std::size_t first_ = 0, filled_ = 0;  // pieces: which is read next, how many are there to read
    std::size_t taken_ = 0;               // bytes, of the first one
    bool begun_ = false, stopped_ = false;
    std::thread thread_;  // the last: it uses all else
};

}  // namespace

std::unique_ptr<Source> read_ahead(std::unique_ptr<Source> source) {
    auto ahead = std::make_unique<Ahead>(source);
    if (!ahead->began()) return source;
    return ahead;
}

}  // namespace pgprimer::io
