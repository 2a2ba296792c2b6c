// .gz, .xz and .zst, in constant memory, several members one after the other too.
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cstring>

#include "pgprimer/io/ahead.hpp"
#include "pgprimer/io/files.hpp"

namespace pgprimer::io {
namespace {

constexpr std::size_t input_size = 64U << 10U;

// What an unpacker did with a piece of input.
struct Progress {
    std::size_t consumed = 0, produced = 0;
    bool member_ended = false;
    const char* wrong = nullptr;
};

class Unpacker {
public:
    virtual ~Unpacker() = default;
    virtual Progress run(const char* in, std::size_t in_size, char* out, std::size_t out_size) = 0;
    virtual void restart() = 0;  // for the next member
};

class Gzip final : public Unpacker {
public:
    Gzip() { inflateInit2(&stream_, 15 + 16); }
    ~Gzip() override { inflateEnd(&stream_); }
    Gzip(const Gzip&) = delete;
    Gzip& operator=(const Gzip&) = delete;
    Progress run(const char* in, std::size_t in_size, char* out, std::size_t out_size) override {
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in));
        stream_.avail_in = static_cast<uInt>(in_size);
        stream_.next_out = reinterpret_cast<Bytef*>(out);
        stream_.avail_out = static_cast<uInt>(out_size);
        const int status = inflate(&stream_, Z_NO_FLUSH);
        Progress done{in_size - stream_.avail_in, out_size - stream_.avail_out, status == Z_STREAM_END, nullptr};
        if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) done.wrong = stream_.msg != nullptr ? stream_.msg : "not gzip";
        return done;
    }
    void restart() override { inflateReset(&stream_); }

private:
    z_stream stream_{};
};

class Xz final : public Unpacker {
public:
    Xz() { restart(); }
    ~Xz() override { lzma_end(&stream_); }
    Xz(const Xz&) = delete;
    Xz& operator=(const Xz&) = delete;
    Progress run(const char* in, std::size_t in_size, char* out, std::size_t out_size) override {
        stream_.next_in = reinterpret_cast<const std::uint8_t*>(in);
        stream_.avail_in = in_size;
        stream_.next_out = reinterpret_cast<std::uint8_t*>(out);
        stream_.avail_out = out_size;
        const lzma_ret status = lzma_code(&stream_, LZMA_RUN);
        Progress done{in_size - stream_.avail_in, out_size - stream_.avail_out, status == LZMA_STREAM_END, nullptr};
        if (status == LZMA_FORMAT_ERROR)
            done.wrong = "not xz";
        else if (status == LZMA_MEMLIMIT_ERROR || status == LZMA_MEM_ERROR)
            done.wrong = "it needs more memory than 128 MB";
        else if (status != LZMA_OK && status != LZMA_STREAM_END && status != LZMA_BUF_ERROR)
            done.wrong = "corrupt data";
        return done;
    }
    void restart() override {
        lzma_end(&stream_);
        stream_ = LZMA_STREAM_INIT;
        [[maybe_unused]] const auto status = lzma_stream_decoder(&stream_, 128ULL << 20U, 0);
    }

private:
    lzma_stream stream_ = LZMA_STREAM_INIT;
};

class Zstd final : public Unpacker {
public:
    Zstd() : stream_(ZSTD_createDStream()) { ZSTD_initDStream(stream_); }
    ~Zstd() override { ZSTD_freeDStream(stream_); }
    Zstd(const Zstd&) = delete;
    Zstd& operator=(const Zstd&) = delete;
    Progress run(const char* in, std::size_t in_size, char* out, std::size_t out_size) override {
        ZSTD_inBuffer input{in, in_size, 0};
        ZSTD_outBuffer output{out, out_size, 0};
        const std::size_t status = ZSTD_decompressStream(stream_, &output, &input);
        Progress done{input.pos, output.pos, status == 0, nullptr};
        if (ZSTD_isError(status) != 0U) done.wrong = ZSTD_getErrorName(status);
        return done;
    }
    void restart() override { ZSTD_initDStream(stream_); }

private:
    ZSTD_DStream* stream_;
};

std::string_view extension_of_head(std::string_view head) {
    if (head.starts_with("\x1F\x8B")) return ".gz";
    if (head.starts_with(std::string_view("\xFD"
                                          "7zXZ\0",
                                          6)))
        return ".xz";
    if (head.starts_with("\x28\xB5\x2F\xFD")) return ".zst";
    return "";
}

class UnpackedSource final : public Source {
public:
    UnpackedSource(std::unique_ptr<Source> packed, std::unique_ptr<Unpacker> unpacker, fs::path path, std::string head)
        : packed_(std::move(packed)), unpacker_(std::move(unpacker)), path_(std::move(path)), input_(std::move(head)) {}

    Result<std::size_t> read(char* into, std::size_t size) override {
        while (true) {
            if (at_ == input_.size() && !ended_) {
                input_.resize(input_size);
                at_ = 0;
                PGPRIMER_TRY(const std::size_t got, packed_->read(input_.data(), input_.size()));
                input_.resize(got);
                ended_ = got == 0;
            }
            const bool nothing_left = at_ == input_.size();
            if (ended_ && nothing_left && fresh_) {
                if (!any_member_) return broken("is empty: no archive");
                return std::size_t{0};
            }
            if (fresh_ && any_member_ && is_padding()) continue;
            const Progress done = unpacker_->run(input_.data() + at_, input_.size() - at_, into, size);
            if (done.wrong != nullptr) {
                if (fresh_ && !any_member_ && extension_of_head(input_).empty())
                    return broken("is no archive, though its name ends in " + path_.extension().string())
                        .with_hint("take that off its name, or pack it");
                return broken("cannot be unpacked: " + std::string(done.wrong));
            }
            at_ += done.consumed;
            if (done.consumed > 0) fresh_ = false;
            if (done.member_ended) {
                unpacker_->restart();
                fresh_ = any_member_ = true;
            }
            if (done.produced > 0) return done.produced;
            if (ended_ && nothing_left && !done.member_ended) return broken("is cut off: the archive ends in the middle");
        }
    }

private:
    // Zero bytes after a member, as tape and xz padding have them.
    bool is_padding() {
        const std::size_t before = at_;
        while (at_ < input_.size() && input_[at_] == '\0') ++at_;
        return at_ != before;
    }
    [[nodiscard]] Diagnostic broken(const std::string& what) const {
        return Diagnostic(Error::config, "\"" + path_.string() + "\" " + what)
            .with_place({path_.string(), 0, 0})
            .with_hint("was it copied or downloaded whole?");
    }

    std::unique_ptr<Source> packed_;
    std::unique_ptr<Unpacker> unpacker_;
    fs::path path_;
    std::string input_;
    std::size_t at_ = 0;
    bool ended_ = false, fresh_ = true, any_member_ = false;
};

// Bytes already read, then the rest.
class HeadSource final : public Source {
public:
    HeadSource(std::string head, std::unique_ptr<Source> rest) : head_(std::move(head)), rest_(std::move(rest)) {}
    Result<std::size_t> read(char* into, std::size_t size) override {
        if (at_ == head_.size()) return rest_->read(into, size);
        const std::size_t count = std::min(size, head_.size() - at_);
        std::memcpy(into, head_.data() + at_, count);
        at_ += count;
        return count;
    }

private:
    std::string head_;
    std::unique_ptr<Source> rest_;
    std::size_t at_ = 0;
};

std::unique_ptr<Unpacker> unpacker_for(std::string_view extension) {
    if (extension == ".gz") return std::make_unique<Gzip>();
    if (extension == ".xz") return std::make_unique<Xz>();
    if (extension == ".zst") return std::make_unique<Zstd>();
    return nullptr;
}

}  // namespace

bool is_packed(const fs::path& path) {
    const std::string extension = path.extension().string();
    return extension == ".gz" || extension == ".xz" || extension == ".zst";
}

Result<std::unique_ptr<Source>> open(const Files& files, const fs::path& path) {
    PGPRIMER_TRY(auto raw, files.open_raw(path));
    std::string head;
    std::string extension = path.extension().string();
    if (path == "-") {
        head.resize(6);
        std::size_t filled = 0;
        while (filled < head.size()) {
            PGPRIMER_TRY(const std::size_t got, raw->read(head.data() + filled, head.size() - filled));
            if (got == 0) break;
            filled += got;
        }
        head.resize(filled);
        extension = extension_of_head(head);
    }
    if (auto unpacker = unpacker_for(extension)) {
        std::unique_ptr<Source> unpacked = std::make_unique<UnpackedSource>(std::move(raw), std::move(unpacker), path, std::move(head));
        const auto stat = path == "-" ? std::nullopt : files.stat(path);
        const bool worth_a_thread = stat && stat->type == Stat::Type::file && stat->size >= (1U << 20U);
        return worth_a_thread ? read_ahead(std::move(unpacked)) : std::move(unpacked);
    }
    if (head.empty()) return raw;
    return std::unique_ptr<Source>(std::make_unique<HeadSource>(std::move(head), std::move(raw)));
}

}  // namespace pgprimer::io
