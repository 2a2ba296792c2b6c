#include "pgprimer/script/variables.hpp"

namespace pgprimer::script {

Variables::Variables(std::map<std::string, std::string> initial, const pg::Connection& session) : values_(std::move(initial)), session_(&session) {
    values_.try_emplace("ON_ERROR_STOP", "on");
    values_.try_emplace("AUTOCOMMIT", "on");
    follow(session);
}

void Variables::follow(const pg::Connection& session) {
    session_ = &session;
    const pg::Address& address = session.address();
    values_["DBNAME"] = address.dbname;
    values_["USER"] = address.user;
    if (!address.hosts.empty()) values_["HOST"] = address.hosts.front();
    if (!address.ports.empty()) values_["PORT"] = std::to_string(address.ports.front());
    values_["ENCODING"] = session.parameter("client_encoding");
    values_["SERVER_VERSION_NUM"] = std::to_string(session.server_version());
}

std::optional<std::string> Variables::variable(const std::string& name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) return std::nullopt;
    return found->second;
}

bool Variables::standard_conforming_strings() const { return session_->parameter("standard_conforming_strings") != "off"; }
std::string Variables::client_encoding() const { return session_->parameter("client_encoding"); }

}  // namespace pgprimer::script
