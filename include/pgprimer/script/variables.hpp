#pragma once
#include <functional>
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
    [[nodiscard]] bool singleline() const override { return is_on("SINGLELINE"); }
    [[nodiscard]] bool unsettled() const override { return unsettled_; }
    [[nodiscard]] std::string quoted(const std::string& value, bool is_name) const override;
    [[nodiscard]] std::optional<Diagnostic> refuses(const sql::Meta& meta) const override;
    [[nodiscard]] Result<std::string> output_of(std::string_view program) const override;

    // Error::failed where the name is none, or psql takes no such value for it; nothing is changed then.
    Result<void> set(const std::string& name, std::string value);
    Result<void> unset(const std::string& name);
    // The value as psql holds it; Error::failed as for set().
    static Result<std::string> check(const std::string& name, std::string value);
    // Those whose values mean something to psql: \gset leaves them alone.
    [[nodiscard]] static bool is_special(const std::string& name);
    [[nodiscard]] const std::map<std::string, std::string>& all() const { return values_; }

    [[nodiscard]] bool autocommit() const { return is_on("AUTOCOMMIT"); }
    [[nodiscard]] bool on_error_stop() const { return is_on("ON_ERROR_STOP"); }
    [[nodiscard]] bool quiet() const { return is_on("QUIET"); }
    enum class Echo { none, errors, queries, lines };
    [[nodiscard]] Echo echo() const;
    [[nodiscard]] bool rolls_back_to_savepoints() const;
    [[nodiscard]] int fetch_count() const;  // 0: results are taken whole

    // After \connect: DBNAME, USER, HOST, PORT, ENCODING, SERVER_VERSION_NUM are this session's.
    void follow(const pg::Connection& session);
    // How the last statement ended: ERROR, SQLSTATE, ROW_COUNT, LAST_ERROR_...
    void succeeded(const std::string& row_count);
    void failed(const Diagnostic& why);
    void unsettled(bool on) { unsettled_ = on; }
    // Each line before it is scanned, where ECHO asks for it.
    void echo_lines_with(std::function<void(std::string_view)> echo) { echo_ = std::move(echo); }
    void line_begins(std::string_view line) const override;
    void run_programs_with(std::function<Result<std::string>(std::string_view)> run) { run_ = std::move(run); }

private:
    [[nodiscard]] bool is_on(const std::string& name) const;

    std::map<std::string, std::string> values_;
    const pg::Connection* session_;
    std::function<Result<std::string>(std::string_view)> run_;
    std::function<void(std::string_view)> echo_;
    bool unsettled_ = false;
};

}  // namespace pgprimer::script
