#pragma once
// A PostgreSQL server of a test's own, in a temporary folder. Failures are exceptions: a test cannot go on without it.
#include <sys/types.h>

#include <string>
#include <vector>

#include "pgprimer/pg/address.hpp"

namespace pgprimer::test {

// Without fsync. The superuser is postgres; `password` is set whatever the way of authentication.
class EphemeralServer {
public:
    static constexpr const char* password = "postgres-password";

    // Of TCP connections; on the socket everybody is trusted.
    enum class Auth { trust, scram };

    // Starts it. `settings` are lines of postgresql.conf: "max_connections = 5".
    explicit EphemeralServer(Auth auth = Auth::trust, std::vector<std::string> settings = {});
    EphemeralServer(const EphemeralServer&) = delete;
    EphemeralServer& operator=(const EphemeralServer&) = delete;
    ~EphemeralServer();  // kills it and removes the folder

    void start();                                                // waits until it accepts connections; nothing where it runs
    void stop(const std::string& mode = "fast");                 // "smart", "fast", "immediate"; waits for its end; nothing where it does not run
    void restart(const std::string& mode = "fast");              // on the same port
    void write_hba(const std::string& lines);                    // instead of what Auth means; counts from reload() or the next start
    void write_settings(const std::vector<std::string>& lines);  // in addition; likewise
    void reload() const;

    // Over TCP, with the password where one is needed and the user is postgres.
    [[nodiscard]] pg::Address address(const std::string& dbname = "postgres", const std::string& user = "postgres") const;
    [[nodiscard]] std::string url(const std::string& dbname = "postgres", const std::string& user = "postgres") const;
    [[nodiscard]] std::string log() const;
    [[nodiscard]] int port() const { return port_; }
    [[nodiscard]] pid_t pid() const { return pid_; }  // of the postmaster; 0: does not run
    [[nodiscard]] const std::string& socket_dir() const { return folder_; }
    [[nodiscard]] std::string data_dir() const { return folder_ + "/data"; }

private:
    bool try_start();  // false: the port was taken meanwhile
    void configure() const;

    Auth auth_;
    std::vector<std::string> settings_;
    std::string folder_;
    int port_ = 0;
    pid_t pid_ = 0;
};

}  // namespace pgprimer::test
