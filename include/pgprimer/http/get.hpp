#pragma once
#include <string>

#include "pgprimer/base/async.hpp"
#include "pgprimer/base/result.hpp"

namespace pgprimer::http {

// GET of an http:// or https:// URL (verified against the system's CA bundle or SSL_CERT_FILE), following no redirect; the status code.
// The body is not read beyond 64 KiB. Error::not_ready where no answer came, Error::usage where the URL is none.
Task<Result<int>> get_status(std::string url, Deadline deadline);

// Opens and closes a TCP connection. Error::not_ready says why it could not.
Task<Result<void>> touch_tcp(std::string host, int port, Deadline deadline);

}  // namespace pgprimer::http
