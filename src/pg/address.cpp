#include "pgprimer/pg/address.hpp"

namespace pgprimer::pg {

std::string Address::display() const {
    std::string out = "postgresql://" + user + "@";
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        const int port = ports.empty() ? 5432 : ports[std::min(i, ports.size() - 1)];
        const bool v6 = hosts[i].find(':') != std::string::npos;
        out += (i > 0 ? "," : "") + (v6 ? "[" + hosts[i] + "]" : hosts[i]) + ":" + std::to_string(port);
    }
    return out + "/" + dbname;
}

}  // namespace pgprimer::pg
