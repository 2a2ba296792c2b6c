#include "psql_link.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

namespace pgprimer::steps {

Result<PsqlLink> PsqlLink::make(const std::string& tmpdir) {
    std::error_code failed;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", failed);
    if (failed) return Diagnostic(Error::failed, "where this program is cannot be told: " + failed.message());
    int error = 0;
    for (const std::string& base : {tmpdir, std::string("/tmp"), std::string("/run/pgprimer"), std::string("/dev/shm")}) {
        if (!base.starts_with('/')) continue;
        std::string folder = base + "/pgprimer-psql-XXXXXX";
        if (::mkdtemp(folder.data()) == nullptr) {
            error = errno;
            continue;
        }
        PsqlLink link(std::move(folder));
        // A script may go on as another user; nothing but the link is in it.
        if (::chmod(link.folder_.c_str(), 0755) == 0 && ::symlink(self.c_str(), (link.folder_ + "/psql").c_str()) == 0) return link;
        error = errno;
    }
    return Diagnostic(Error::failed, "no folder for temporary files can be written to: " + std::generic_category().message(error))
        .with_hint("mount a tmpfs on /tmp, or set TMPDIR");
}

PsqlLink::~PsqlLink() {
    if (folder_.empty()) return;
    ::unlink((folder_ + "/psql").c_str());
    ::rmdir(folder_.c_str());
}

PsqlLink::PsqlLink(PsqlLink&& other) noexcept : folder_(std::exchange(other.folder_, "")) {}

PsqlLink& PsqlLink::operator=(PsqlLink&& other) noexcept {
    std::swap(folder_, other.folder_);
    return *this;
}

}  // namespace pgprimer::steps
