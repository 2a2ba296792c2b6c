#pragma once
#include <string>
#include <vector>

#include "pgprimer/base/async.hpp"
#include "pgprimer/pg/address.hpp"

namespace pgprimer::pg {

// Is anybody listening? A bare connect, closed at once: thousands of times cheaper than an attempt of libpq, so that it can be asked every few
// milliseconds. `resolved` is one list of numeric addresses a host (empty for socket folders).
class Knocker {
public:
    explicit Knocker(const Address& address) : address_(address) {}

    // Resolves the names anew; false where none resolves.
    Task<bool> resolve_names(Deadline deadline);
    // True where an attempt is worth it: somebody listens, or nothing can be told.
    Task<bool> knock(Deadline deadline);

private:
    struct Door {
        std::string address;  // numeric, or the path of a socket
        int port = 0;
    };
    static Task<bool> knock_at(const Door& door, Deadline deadline);

    const Address& address_;
    std::vector<Door> doors_;
};

}  // namespace pgprimer::pg
