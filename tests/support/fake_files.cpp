#include "support/fake_files.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <random>

namespace pgprimer::test {
namespace {

class FakeSource final : public io::Source {
public:
    FakeSource(std::string bytes, Chunks chunks) : bytes_(std::move(bytes)), chunks_(std::move(chunks)) {}

    Result<std::size_t> read(char* into, std::size_t size) override {
        const std::size_t count = std::min({size, bytes_.size() - at_, std::max<std::size_t>(chunks_(), 1)});
        std::memcpy(into, bytes_.data() + at_, count);
        at_ += count;
        return count;
    }

private:
    std::string bytes_;
    Chunks chunks_;
    std::size_t at_ = 0;
};

std::string normal(const io::fs::path& path) {
    std::string out = path.lexically_normal().string();
    if (out.size() > 1 && out.ends_with('/')) out.pop_back();
    return out;
}

bool is_below(const std::string& path, const std::string& folder) {
    return folder == "/" ? path.starts_with('/') : folder == "." || path.starts_with(folder + "/");
}

}  // namespace

Chunks chunks_of(std::size_t size) {
    return [size] { return size == 0 ? std::numeric_limits<std::size_t>::max() : size; };
}

Chunks random_chunks(unsigned seed, std::size_t most) {
    return [random = std::mt19937(seed), most]() mutable { return std::uniform_int_distribution<std::size_t>(1, most)(random); };
}

std::unique_ptr<io::Source> source_of(std::string bytes, Chunks chunks) { return std::make_unique<FakeSource>(std::move(bytes), std::move(chunks)); }

FakeFiles::FakeFiles(std::initializer_list<std::pair<const std::string, std::string>> files) {
    for (const auto& [path, bytes] : files) add(path, bytes);
}

FakeFiles& FakeFiles::add(const io::fs::path& path, std::string bytes) {
    files_[normal(path)] = std::move(bytes);
    return *this;
}

FakeFiles& FakeFiles::folder(const io::fs::path& path) {
    folders_.insert(normal(path));
    return *this;
}

FakeFiles& FakeFiles::link(const io::fs::path& path, const io::fs::path& target) {
    links_[normal(path)] = normal(target);
    return *this;
}

FakeFiles& FakeFiles::refuse(const io::fs::path& path) {
    refused_.insert(normal(path));
    return *this;
}

FakeFiles& FakeFiles::chunks(Chunks chunks) {
    chunks_ = std::move(chunks);
    return *this;
}

io::Stat& FakeFiles::stat_of(const io::fs::path& path) { return stats_[normal(path)]; }

io::fs::path FakeFiles::real_path(const io::fs::path& path) const {
    std::string at = normal(path);
    for (int hops = 0; hops < 40; ++hops) {
        const auto link = std::ranges::find_if(links_, [&at](const auto& one) { return at == one.first || is_below(at, one.first); });
        if (link == links_.end()) break;
        at = link->second + at.substr(link->first.size());
    }
    return at;
}

std::optional<io::Stat> FakeFiles::stat(const io::fs::path& path) const {
    const std::string real = real_path(path).string();
    const auto known = stats_.find(real);
    io::Stat out = known == stats_.end() ? io::Stat{} : known->second;
    if (const auto file = files_.find(real); file != files_.end()) {
        out.type = io::Stat::Type::file;
        out.size = file->second.size();
        return out;
    }
    const auto below = [&real](const auto& one) { return is_below(one.first, real); };
    const bool has_any = folders_.contains(real) || std::ranges::any_of(files_, below) || std::ranges::any_of(links_, below) ||
                         std::ranges::any_of(folders_, [&real](const std::string& one) { return is_below(one, real); });
    if (!has_any) return std::nullopt;
    out.type = io::Stat::Type::directory;
    return out;
}

Result<std::vector<std::string>> FakeFiles::list(const io::fs::path& folder) const {
    const auto seen = stat(folder);
    if (!seen || seen->type != io::Stat::Type::directory) return Diagnostic(Error::config, "\"" + folder.string() + "\" cannot be listed");
    const std::string real = real_path(folder).string();
    std::set<std::string> names;
    const auto note = [&](const std::string& path) {
        if (path == real || !is_below(path, real)) return;
        const std::string rest = real == "." ? path : path.substr(real == "/" ? 1 : real.size() + 1);
        names.insert(rest.substr(0, rest.find('/')));
    };
    for (const auto& one : files_) note(one.first);
    for (const auto& one : links_) note(one.first);
    for (const auto& one : folders_) note(one);
    return std::vector<std::string>(names.begin(), names.end());
}

Result<std::unique_ptr<io::Source>> FakeFiles::open_raw(const io::fs::path& path) const {
    const std::string real = path == "-" ? "-" : real_path(path).string();
    opened_.push_back(path.string());
    const auto file = files_.find(real);
    if (file == files_.end() || refused_.contains(real)) {
        return Diagnostic(Error::config, "\"" + path.string() + "\" cannot be opened").with_place({path.string(), 0, 0});
    }
    return source_of(file->second, chunks_);
}

}  // namespace pgprimer::test
