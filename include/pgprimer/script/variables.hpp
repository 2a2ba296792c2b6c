#pragma once
#include <map>
#include <optional>
#include <string>

#include "pgprimer/pg/connection.hpp"
#include "pgprimer/sql/reader.hpp"

namespace pgprimer::script {

// psql's variables during one script, and what the scanner has to know of the session.
class Variables final : public sql::Surroundings {
public:
    Variables(std::map<std::string, std::string> initial, const pg::Connection& session);

    [[nodiscard]] std::optional<std::string> variable(const std::string& name) const override;
    [[nodiscard]] bool standard_conforming_strings() const override;
    [[nodiscard]] std::string client_encoding() const override;

    void set(const std::string& name, std::string value) { values_[name] = std::move(value); }
    void unset(const std::string& name) { values_.erase(name); }
    // After \connect: DBNAME, USER, HOST, PORT, ENCODING, SERVER_VERSION_NUM are this session's.
    void follow(const pg::Connection& session);

private:
    std::map<std::string, std::string> values_;
    const pg::Connection* session_;
};

}  // namespace pgprimer::script
