#include "pgprimer/pg/address.hpp"

#include <libpq-fe.h>

#include <memory>

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

std::string client_version() { return std::to_string(PQlibVersion() / 10000) + "." + std::to_string(PQlibVersion() % 10000); }

Result<std::map<std::string, std::string>> parse_conninfo(const std::string& text) {
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfoParse(text.c_str(), nullptr), &PQconninfoFree);
    if (!options) return Diagnostic(Error::failed, "the connection string cannot be read");
    std::map<std::string, std::string> out;
    for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
        if (option->val != nullptr) out[option->keyword] = option->val;
    }
    return out;
}

}  // namespace pgprimer::pg
