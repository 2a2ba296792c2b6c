#include "steady.hpp"

namespace pgprimer::sql {
namespace {

class Steady final : public io::Source {
public:
    Steady(std::unique_ptr<io::Source> source, std::filesystem::path path, std::uint64_t size)
        : source_(std::move(source)), path_(std::move(path)), size_(size) {}

    Result<std::size_t> read(char* into, std::size_t size) override {
        auto got = source_->read(into, size);
        if (!got) return got;
        read_ += *got;
        if (*got > 0 ? read_ <= size_ : read_ == size_) return got;
        const std::string now = *got > 0 ? "now it has more" : "now it ends after " + std::to_string(read_);
        return Diagnostic(Error::config, "\"" + path_.string() + "\" changed while it was read: it had " + std::to_string(size_) + " bytes, " + now)
            .with_place({path_.string(), 0, 0})
            .with_hint("begin when it is complete: write it under another name and rename it");
    }

private:
    std::unique_ptr<io::Source> source_;
    std::filesystem::path path_;
    std::uint64_t size_, read_ = 0;
};

}  // namespace

std::unique_ptr<io::Source> steady(std::unique_ptr<io::Source> source, std::filesystem::path path, std::uint64_t size) {
    return std::make_unique<Steady>(std::move(source), std::move(path), size);
}

}  // namespace pgprimer::sql
