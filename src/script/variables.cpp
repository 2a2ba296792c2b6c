#include "pgprimer/script/variables.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "pgprimer/base/text.hpp"
#include "pset.hpp"

namespace pgprimer::script {
namespace {

using sql::Boolean;
using sql::parse_boolean;

const std::set<std::string> booleans{"AUTOCOMMIT", "HIDE_TABLEAM", "HIDE_TOAST_COMPRESSION", "ON_ERROR_STOP", "QUIET", "SHOW_ALL_RESULTS",
                                     "SINGLELINE", "SINGLESTEP"};
const std::set<std::string> numbers{"FETCH_COUNT", "HISTSIZE", "IGNOREEOF"};
// Words that psql takes besides booleans; the first is what an unset one is.
const std::map<std::string, std::vector<std::string>> words{
    {"COMP_KEYWORD_CASE", {"preserve-upper", "lower", "upper", "preserve-lower"}},
    {"ECHO", {"none", "errors", "queries", "all"}},
    {"ECHO_HIDDEN", {"off", "noexec", "on"}},
    {"HISTCONTROL", {"none", "ignorespace", "ignoredups", "ignoreboth"}},
    {"ON_ERROR_ROLLBACK", {"off", "interactive", "on"}},
    {"SHOW_CONTEXT", {"errors", "never", "always"}},
    {"VERBOSITY", {"default", "verbose", "terse", "sqlstate"}},
};

bool is_name(const std::string& name) {
    const auto is_part = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
    };
    return !name.empty() && std::ranges::all_of(name, is_part);
}

Diagnostic wrong(const std::string& name, const std::string& value, const std::string& expected) {
    return {Error::failed, "\"" + value + "\" is no value of " + name + ": " + expected + " is expected"};
}

bool is_number(const std::string& text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

// A special variable's value as psql would hold it, or why it takes no such value.
Result<std::string> checked(const std::string& name, std::string value) {
    if (booleans.contains(name)) {
        if (value.empty()) return std::string("on");
        if (parse_boolean(value) == Boolean::neither) return wrong(name, value, "on or off");
    } else if (numbers.contains(name)) {
        if (!is_number(value)) return wrong(name, value, "a whole number");
    } else if (const auto found = words.find(name); found != words.end()) {
        const auto& known = found->second;
        const bool boolean = std::ranges::find(known, "off") != known.end();
        if (value.empty() && boolean) return std::string("on");
        const bool taken = std::ranges::any_of(known, [&value](const std::string& one) { return iequals(one, value); });
        if (!taken && (!boolean || parse_boolean(value) == Boolean::neither)) return wrong(name, value, join(known, ", "));
    }
    return value;
}

}  // namespace

Variables::Variables(std::map<std::string, std::string> initial, const pg::Connection& session) : values_(std::move(initial)), session_(&session) {
    for (const auto& name : booleans)
        values_.try_emplace(name, name == "AUTOCOMMIT" || name == "ON_ERROR_STOP" || name == "SHOW_ALL_RESULTS" ? "on" : "off");
    for (const auto& name : numbers) values_.try_emplace(name, name == "HISTSIZE" ? "500" : "0");
    for (const auto& [name, known] : words) values_.try_emplace(name, known.front());
    values_.try_emplace("LAST_ERROR_MESSAGE", "");
    values_.try_emplace("LAST_ERROR_SQLSTATE", "00000");
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
    values_["SERVER_VERSION_NAME"] = session.parameter("server_version");
    values_["SERVER_VERSION_NUM"] = std::to_string(session.server_version());
}

std::optional<std::string> Variables::variable(const std::string& name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) return std::nullopt;
    return found->second;
}

Result<std::string> Variables::check(const std::string& name, std::string value) {
    if (!is_name(name)) return Diagnostic(Error::failed, "\"" + name + "\" is no name of a variable").with_hint("letters, digits and underscores");
    return checked(name, std::move(value));
}

Result<void> Variables::set(const std::string& name, std::string value) {
    PGPRIMER_TRY(values_[name], check(name, std::move(value)));
    return {};
}

Result<void> Variables::unset(const std::string& name) {
    if (!is_name(name)) return Diagnostic(Error::failed, "\"" + name + "\" is no name of a variable").with_hint("letters, digits and underscores");
    if (booleans.contains(name))
        values_[name] = "off";
    else if (numbers.contains(name))
        values_[name] = "0";
    else if (const auto found = words.find(name); found != words.end())
        values_[name] = found->second.front();
    else
        values_.erase(name);
    return {};
}

bool Variables::is_special(const std::string& name) {
    return booleans.contains(name) || numbers.contains(name) || words.contains(name) || name == "PROMPT1" || name == "PROMPT2" || name == "PROMPT3";
}

bool Variables::is_on(const std::string& name) const {
    const auto found = values_.find(name);
    return found != values_.end() && parse_boolean(found->second) == Boolean::yes;
}

bool Variables::rolls_back_to_savepoints() const { return is_on("ON_ERROR_ROLLBACK"); }

int Variables::fetch_count() const {
    const auto found = values_.find("FETCH_COUNT");
    return found == values_.end() ? 0 : std::atoi(found->second.c_str());
}

void Variables::succeeded(const std::string& row_count) {
    values_["ERROR"] = "false";
    values_["SQLSTATE"] = "00000";
    values_["ROW_COUNT"] = row_count;
}

void Variables::failed(const Diagnostic& why) {
    values_["ERROR"] = "true";
    values_["SQLSTATE"] = values_["LAST_ERROR_SQLSTATE"] = why.sqlstate;
    values_["ROW_COUNT"] = "0";
    values_["LAST_ERROR_MESSAGE"] = why.message;
}

Variables::Echo Variables::echo() const {
    const auto found = values_.find("ECHO");
    if (found == values_.end()) return Echo::none;
    if (iequals(found->second, "errors")) return Echo::errors;
    return iequals(found->second, "all") ? Echo::lines : iequals(found->second, "queries") ? Echo::queries : Echo::none;
}

std::optional<Diagnostic> Variables::refuses(const sql::Meta& meta) const {
    if (meta.name != "g" && meta.name != "gx") return std::nullopt;
    const auto options = g_options(meta.arguments);
    if (!options) return options.error();
    pg::PrintOptions unused;
    for (const auto& [name, value] : options->pairs) {
        if (auto set = set_option(name, value, unused); !set) return set.error();
    }
    return std::nullopt;
}

void Variables::line_begins(std::string_view line) const {
    if (echo_ && echo() == Echo::lines) echo_(line);
}

bool Variables::standard_conforming_strings() const { return session_->parameter("standard_conforming_strings") != "off"; }
std::string Variables::client_encoding() const { return session_->parameter("client_encoding"); }

std::string Variables::quoted(const std::string& value, bool is_name) const {
    return session_->quoted(value, is_name).value_or(Surroundings::quoted(value, is_name));
}

Result<std::string> Variables::output_of(std::string_view program) const { return run_ ? run_(program) : Surroundings::output_of(program); }

}  // namespace pgprimer::script
