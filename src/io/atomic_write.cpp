#include "pgprimer/io/atomic_write.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "failure.hpp"

namespace pgprimer::io {
namespace {

Diagnostic write_failure(const fs::path& path, int error) {
    Diagnostic failure = system_failure("cannot be written", path, error);
    failure.error = Error::failed;
    if (error == EROFS) failure.hint = "the file system is read-only: mount a volume or a tmpfs there";
    if (error == ENOSPC || error == EDQUOT) failure.hint = "no space is left there";
    if (error == EACCES || error == EPERM) failure.hint = "make the folder writable for us, or mount a tmpfs there";
    return failure;
}

std::string temporary_beside(const fs::path& path) { return path.string() + ".new-" + std::to_string(::getpid()); }

int open_temporary(const std::string& temporary, unsigned mode) {
    return ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
}

}  // namespace

Result<void> check_writable(const fs::path& path) {
    const std::string temporary = temporary_beside(path);
    const int fd = open_temporary(temporary, 0644);
    if (fd < 0) return write_failure(path, errno);
    ::close(fd);
    ::unlink(temporary.c_str());
    return {};
}

Result<void> atomic_write(const fs::path& path, std::string_view content, unsigned mode) {
    const std::string temporary = temporary_beside(path);
    const int fd = open_temporary(temporary, mode);
    if (fd < 0) return write_failure(path, errno);
    const auto give_up = [&](int error) -> Result<void> {
        ::close(fd);
        ::unlink(temporary.c_str());
        return write_failure(path, error);
    };
    while (!content.empty()) {
        const auto written = ::write(fd, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return give_up(errno);
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fchmod(fd, mode) != 0 || ::fsync(fd) != 0) return give_up(errno);
    if (std::rename(temporary.c_str(), path.c_str()) != 0) return give_up(errno);
    ::close(fd);
    return {};
}

Result<void> remove_if_there(const fs::path& path) {
    if (::unlink(path.c_str()) == 0 || errno == ENOENT || errno == ENOTDIR) return {};
    const int error = errno;
    // A read-only file system says so before it looks whether the file is there.
    if (error == EROFS && ::access(path.c_str(), F_OK) != 0) return {};
    Diagnostic failure = system_failure("cannot be removed", path, error);
    failure.error = Error::failed;
    return failure;
}

}  // namespace pgprimer::io
