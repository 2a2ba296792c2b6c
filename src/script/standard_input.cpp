#include "standard_input.hpp"

namespace pgprimer::script {
namespace {

constexpr std::size_t input_piece = 64U << 10U;

// The same bytes, for two readers of which only one reads.
class Shared final : public io::Source {
public:
    explicit Shared(std::shared_ptr<io::Source> source) : source_(std::move(source)) {}
    Result<std::size_t> read(char* into, std::size_t size) override { return source_->read(into, size); }

private:
    std::shared_ptr<io::Source> source_;
};

}  // namespace

Result<void> StandardInput::open() {
    if (source_) return {};
    PGPRIMER_TRY(source_, io::open(files_, "-"));
    sql::Script script;
    script.name = "<stdin>";
    lines_.emplace(std::make_unique<Shared>(source_), std::move(script), variables_);
    return {};
}

Result<std::optional<std::string_view>> StandardInput::read(bool binary) {
    PGPRIMER_CHECK(open());
    if (!binary) return lines_->copy_data();
    piece_.resize(input_piece);
    PGPRIMER_TRY(const std::size_t size, source_->read(piece_.data(), piece_.size()));
    if (size == 0) return std::optional<std::string_view>{};
    return std::optional(std::string_view(piece_).substr(0, size));
}

}  // namespace pgprimer::script
