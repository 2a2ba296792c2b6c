#include "pgprimer/io/files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "failure.hpp"
#include "pgprimer/base/parallel.hpp"

namespace pgprimer::io {
namespace {

class FileSource final : public Source {
public:
    FileSource(int fd, fs::path path, bool is_regular) : fd_(fd), path_(std::move(path)), is_regular_(is_regular) {}
    ~FileSource() override {
        if (fd_ > 0) ::close(fd_);
    }
    FileSource(const FileSource&) = delete;
    FileSource& operator=(const FileSource&) = delete;

    Result<std::size_t> read(char* into, std::size_t size) override {
        while (!ended_) {
            const auto got = ::read(fd_, into, size);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return system_failure("cannot be read", path_, errno);
            ended_ = got == 0 || (is_regular_ && static_cast<std::size_t>(got) < size);  // less than asked for is the end of a file
            return static_cast<std::size_t>(got);
        }
        return std::size_t{0};
    }

private:
    int fd_;
    fs::path path_;
    bool is_regular_, ended_ = false;
};

struct CloseDirectory {
    void operator()(DIR* dir) const { ::closedir(dir); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

std::optional<Stat> stat_at(int folder, const char* path) {
    struct ::stat st {};
    if (::fstatat(folder, path, &st, 0) != 0) return std::nullopt;
    Stat out;
    out.type = S_ISREG(st.st_mode) ? Stat::Type::file : S_ISDIR(st.st_mode) ? Stat::Type::directory : Stat::Type::other;
    out.size = static_cast<std::uint64_t>(st.st_size);
    out.mtime_ns = static_cast<std::int64_t>(st.st_mtim.tv_sec) * 1'000'000'000 + st.st_mtim.tv_nsec;
    out.ctime_ns = static_cast<std::int64_t>(st.st_ctim.tv_sec) * 1'000'000'000 + st.st_ctim.tv_nsec;
    out.inode = st.st_ino;
    out.device = st.st_dev;
    out.mode = st.st_mode & 07777U;
    out.uid = st.st_uid;
    out.gid = st.st_gid;
    out.executable = out.type == Stat::Type::file && (st.st_mode & 0111U) != 0 && ::faccessat(folder, path, X_OK, 0) == 0;
    return out;
}

// In byte order.
std::vector<std::string> names_in(DIR* dir) {
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(dir)) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") names.emplace_back(name);
    }
    std::ranges::sort(names);
    return names;
}

}  // namespace

std::string whose(const fs::path& path) {
    struct ::stat st {};
    if (::stat(path.c_str(), &st) != 0) return "";
    char mode[8];
    std::snprintf(mode, sizeof mode, "%04o", static_cast<unsigned>(st.st_mode & 07777U));
    return "owner " + std::to_string(st.st_uid) + ":" + std::to_string(st.st_gid) + ", mode " + mode + "; we are " + std::to_string(::geteuid()) +
           ":" + std::to_string(::getegid());
}

Diagnostic system_failure(const std::string& what, const fs::path& path, int error) {
    Diagnostic failure(Error::config, "\"" + path.string() + "\" " + what + ": " + std::strerror(error));
    failure.place.file = path.string();
    if (error == EACCES || error == EPERM) {
        fs::path at = path;
        std::string seen = whose(at);
        while (seen.empty() && at.has_parent_path() && at != at.parent_path()) {
            at = at.parent_path();
            seen = whose(at);
        }
        failure.detail = (at == path ? "" : "\"" + at.string() + "\": ") + seen;
        failure.hint = "make it readable for us (chmod, chown), or run as another user";
    }
    if (error == ENOENT) failure.hint = "look at the path and at what is mounted";
    return failure;
}

Result<Files::Entries> Files::stats(const fs::path& folder) const {
    PGPRIMER_TRY(auto names, list(folder));
    std::vector<Entry> out;
    for (auto& name : names) {
        const auto stat = this->stat(folder / name);
        out.push_back({std::move(name), stat});
    }
    return std::make_shared<const std::vector<Entry>>(std::move(out));
}

Result<std::vector<std::string>> Glance::list(const fs::path& folder) const {
    const auto seen = seen_.find(folder.native());
    if (seen == seen_.end()) return files_.list(folder);
    std::vector<std::string> names;
    names.reserve(seen->second->size());
    for (const auto& entry : *seen->second) names.push_back(entry.name);
    return names;
}

Result<Files::Entries> Glance::stats(const fs::path& folder) const {
    const auto seen = seen_.find(folder.native());
    if (seen != seen_.end()) return seen->second;
    PGPRIMER_TRY(auto entries, files_.stats(folder));
    seen_[folder.native()] = entries;
    return entries;
}

std::optional<Stat> RealFiles::stat(const fs::path& path) const { return stat_at(AT_FDCWD, path.c_str()); }

Result<std::vector<std::string>> RealFiles::list(const fs::path& folder) const {
    Directory dir(::opendir(folder.c_str()));
    if (!dir) return system_failure("cannot be listed", folder, errno);
    return names_in(dir.get());
}

// Relative to the folder: its path is not walked again for each of thousands of files.
Result<Files::Entries> RealFiles::stats(const fs::path& folder) const {
    Directory dir(::opendir(folder.c_str()));
    if (!dir) return system_failure("cannot be listed", folder, errno);
    auto names = names_in(dir.get());
    auto out = std::make_shared<std::vector<Entry>>(names.size());
    const auto fill = [&](std::size_t at, std::size_t end) -> Result<void> {
        for (; at < end; ++at) {
            Entry& entry = (*out)[at];
            entry.name = std::move(names[at]);
            entry.stat = stat_at(::dirfd(dir.get()), entry.name.c_str());
        }
        return {};
    };
    PGPRIMER_CHECK(in_parts(names.size(), 1000, fill));
    return Entries(std::move(out));
}

Result<std::unique_ptr<Source>> RealFiles::open_raw(const fs::path& path) const {
    if (path == "-") return std::unique_ptr<Source>(std::make_unique<FileSource>(STDIN_FILENO, "standard input", false));
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return system_failure("cannot be opened", path, errno);
    struct ::stat st {};
    const bool known = ::fstat(fd, &st) == 0;
    std::unique_ptr<Source> source = std::make_unique<FileSource>(fd, path, known && S_ISREG(st.st_mode));
    if (known && S_ISDIR(st.st_mode))
        return Diagnostic(Error::config, "\"" + path.string() + "\" is a folder, not a file").with_place({path.string(), 0, 0});
    return source;
}

fs::path RealFiles::real_path(const fs::path& path) const {
    std::error_code error;
    auto real = fs::canonical(path, error);
    return error ? path : real;
}

Result<std::string> read_all(const Files& files, const fs::path& path, std::size_t limit) {
    PGPRIMER_TRY(auto source, open(files, path));
    std::string content, buffer(64U << 10U, '\0');
    while (true) {
        PGPRIMER_TRY(const std::size_t got, source->read(buffer.data(), buffer.size()));
        if (got == 0) return content;
        if (content.size() + got > limit) {
            const std::string size = limit < (1U << 20U) ? std::to_string(limit >> 10U) + " KB" : std::to_string(limit >> 20U) + " MB";
            return Diagnostic(Error::config, "\"" + path.string() + "\" is too large: more than " + size).with_place({path.string(), 0, 0});
        }
        content.append(buffer.data(), got);
    }
}

}  // namespace pgprimer::io
