#pragma once
// Files in memory: a map of paths to bytes. Folders are there where something is below them, or by folder().
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pgprimer/io/files.hpp"

namespace pgprimer::test {

// How many bytes the next read gives at the most; at least 1.
using Chunks = std::function<std::size_t()>;

Chunks chunks_of(std::size_t size);  // 0: as much as is asked for
Chunks random_chunks(unsigned seed, std::size_t most);

// `bytes`, given out in these pieces.
std::unique_ptr<io::Source> source_of(std::string bytes, Chunks chunks = chunks_of(0));

class FakeFiles final : public io::Files {
public:
    FakeFiles() = default;
    FakeFiles(std::initializer_list<std::pair<const std::string, std::string>> files);

    FakeFiles& add(const io::fs::path& path, std::string bytes);
    FakeFiles& folder(const io::fs::path& path);
    FakeFiles& link(const io::fs::path& path, const io::fs::path& target);  // an absolute target; of folders too
    FakeFiles& refuse(const io::fs::path& path);                            // it is there, but cannot be opened
    FakeFiles& chunks(Chunks chunks);
    // What stat() says of a file, to be changed at will; its size and type are those of its bytes.
    io::Stat& stat_of(const io::fs::path& path);

    [[nodiscard]] std::optional<io::Stat> stat(const io::fs::path& path) const override;
    [[nodiscard]] Result<std::vector<std::string>> list(const io::fs::path& folder) const override;
    [[nodiscard]] Result<std::unique_ptr<io::Source>> open_raw(const io::fs::path& path) const override;
    [[nodiscard]] io::fs::path real_path(const io::fs::path& path) const override;

    [[nodiscard]] const std::vector<std::string>& opened() const { return opened_; }  // paths, in order

private:
    std::map<std::string, std::string> files_;
    std::set<std::string> folders_, refused_;
    std::map<std::string, std::string> links_;
    std::map<std::string, io::Stat> stats_;
    Chunks chunks_ = chunks_of(0);
    mutable std::vector<std::string> opened_;
};

}  // namespace pgprimer::test
