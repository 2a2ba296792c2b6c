#pragma once
// The file system as the rest of pgprimer sees it. RealFiles is it; tests use FakeFiles (tests/support).
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pgprimer/base/result.hpp"

namespace pgprimer::io {

namespace fs = std::filesystem;

struct Stat {
    enum class Type { file, directory, other } type = Type::other;
    std::uint64_t size = 0;
    std::int64_t mtime_ns = 0, ctime_ns = 0;
    std::uint64_t inode = 0, device = 0;
    std::uint32_t mode = 0, uid = 0, gid = 0;
    bool executable = false;  // by us
};

// Pulls bytes. Not seekable.
class Source {
public:
    virtual ~Source() = default;
    // Fills at most `size` bytes; 0 at the end. Errors name the file and, for archives, what is wrong (truncated, corrupt).
    virtual Result<std::size_t> read(char* into, std::size_t size) = 0;
};

class Files {
public:
    virtual ~Files() = default;
    [[nodiscard]] virtual std::optional<Stat> stat(const fs::path& path) const = 0;                 // follows links; nullopt: not there
    [[nodiscard]] virtual Result<std::vector<std::string>> list(const fs::path& folder) const = 0;  // names, byte order
    // Of every name, in byte order, the stat; nullopt as stat().
    struct Entry {
        std::string name;
        std::optional<Stat> stat;
    };
    using Entries = std::shared_ptr<const std::vector<Entry>>;
    [[nodiscard]] virtual Result<Entries> stats(const fs::path& folder) const;
    // As it is. An unreadable file's message names path, owner, mode and our uid.
    [[nodiscard]] virtual Result<std::unique_ptr<Source>> open_raw(const fs::path& path) const = 0;
    [[nodiscard]] virtual fs::path real_path(const fs::path& path) const = 0;  // unchanged where it cannot be told
};

class RealFiles final : public Files {
public:
    [[nodiscard]] std::optional<Stat> stat(const fs::path& path) const override;
    [[nodiscard]] Result<std::vector<std::string>> list(const fs::path& folder) const override;
    [[nodiscard]] Result<Entries> stats(const fs::path& folder) const override;
    [[nodiscard]] Result<std::unique_ptr<Source>> open_raw(const fs::path& path) const override;
    [[nodiscard]] fs::path real_path(const fs::path& path) const override;
};

// Files at one moment: what a folder holds is looked up once, however many ask.
class Glance final : public Files {
public:
    explicit Glance(const Files& files) : files_(files) {}
    [[nodiscard]] std::optional<Stat> stat(const fs::path& path) const override { return files_.stat(path); }
    [[nodiscard]] Result<std::vector<std::string>> list(const fs::path& folder) const override;
    [[nodiscard]] Result<Entries> stats(const fs::path& folder) const override;
    [[nodiscard]] Result<std::unique_ptr<Source>> open_raw(const fs::path& path) const override { return files_.open_raw(path); }
    [[nodiscard]] fs::path real_path(const fs::path& path) const override { return files_.real_path(path); }

private:
    const Files& files_;
    mutable std::map<std::string, Entries> seen_;
};

// Unpacks by name: .gz .xz .zst (by Boost.Iostreams' filters or the libraries themselves, in constant memory; several members one
// after the other too); anything else is read as it is. "-" is standard input, whose packing is told from its first bytes.
Result<std::unique_ptr<Source>> open(const Files& files, const fs::path& path);
bool is_packed(const fs::path& path);  // by its name

// The whole of it; Error::config naming the limit where it is larger than `limit` bytes.
Result<std::string> read_all(const Files& files, const fs::path& path, std::size_t limit);

}  // namespace pgprimer::io
