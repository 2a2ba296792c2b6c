#pragma once
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "pgprimer/base/async.hpp"

namespace pgprimer::http {

// A connected, non-blocking TCP socket.
class Socket {
public:
    Socket(int fd, int family) : fd_(fd), family_(family) {}
    Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)), family_(other.family_) {}
    Socket& operator=(Socket&& other) noexcept {
        std::swap(fd_, other.fd_);
        family_ = other.family_;
        return *this;
    }
    ~Socket() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] int family() const { return family_; }
    int release() { return std::exchange(fd_, -1); }

private:
    int fd_;
    int family_;
};

// The host's addresses one after another until one answers. Error::not_ready says why none did.
Task<Result<Socket>> connect(std::string host, int port, Deadline deadline);

// What a wait that was not `ready` means to a caller of this module: a stop, or no answer in time.
Diagnostic no_answer(Waited waited, const Deadline& deadline, const std::string& host, int port);

}  // namespace pgprimer::http
