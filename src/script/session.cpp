#include "session.hpp"

#include <string.h>  // strcasestr

#include <algorithm>

#include "connect.hpp"
#include "pgprimer/base/text.hpp"

namespace pgprimer::script {
namespace {

constexpr std::size_t deepest_include = 16;

// Wherever in it: a DO block may do it, too.
bool speaks_of_dropping_schemas(const std::string& text) {
    return ::strcasestr(text.c_str(), "schema") != nullptr && ::strcasestr(text.c_str(), "drop") != nullptr;
}

// Counted from 1 as the server counts; 0: all of it is UTF-8.
int first_broken_character(std::string_view text) {
    int character = 0;
    for (std::size_t at = 0; at < text.size(); ++character) {
        const auto lead = static_cast<unsigned char>(text[at]);
        const std::size_t length = lead < 0x80U                    ? 1
                                   : lead >= 0xC2U && lead < 0xE0U ? 2
                                   : lead >= 0xE0U && lead < 0xF0U ? 3
                                   : lead >= 0xF0U && lead < 0xF5U ? 4
                                                                   : 0;
        if (length == 0 || at + length > text.size()) return character + 1;
        for (std::size_t i = 1; i < length; ++i) {
            if ((static_cast<unsigned char>(text[at + i]) & 0xC0U) != 0x80U) return character + 1;
        }
        at += length;
    }
    return 0;
}

}  // namespace

Session::Session(const Unit& unit, pg::Connection& home, const World& world, Deadline deadline)
    : unit_(unit), home_(home), world_(world), deadline_(deadline), variables_(unit.script.variables, home) {
    listen(home_);
}

Session::~Session() { home_.on_notice({}); }

void Session::listen(pg::Connection& connection) {
    connection.on_notice([this](const pg::Notice& n) {
        world_.bus->publish(event::Notice{n.severity, n.sqlstate, n.message, n.detail, n.hint, place_, unit_.step});
    });
}

std::vector<Place> Session::chain() const {
    std::vector<Place> out;
    for (auto it = open_.rbegin(); it != open_.rend(); ++it) {
        if (it->from.line > 0) out.push_back(it->from);
    }
    return out;
}

Diagnostic Session::placed(Diagnostic failure, const sql::Statement& statement) const {
    if (failure.place.line > 0 || failure.error == Error::stopped) return failure;
    int position = failure.internal_query.empty() ? failure.server_position : 0;
    if (failure.sqlstate == "22021" && !statement.traits.copy_from_stdin) {
        if (position == 0) position = first_broken_character(statement.text);
        if (failure.hint.empty()) failure.hint = "save the file as UTF-8, or begin it with SET client_encoding";
    }
    failure.place = statement.place_of(position);
    failure.line_text = statement.line_of(position);
    failure.included_from = chain();
    failure.step = unit_.step;
    // "COPY t, line 3, column a": a line of the data, which has a place of its own.
    if (statement.traits.copy_from_stdin && failure.context.starts_with("COPY ") && !open_.empty()) {
        if (const auto found = failure.context.find(", line "); found != std::string::npos) {
            const int index = std::atoi(failure.context.c_str() + found + 7);
            if (index > 0) {
                failure.place.line = open_.back().reader->copy_line(index);
                failure.place.column = 0;
                failure.line_text.clear();
            }
        }
    }
    return failure;
}

Diagnostic Session::at(const sql::Meta& meta, Diagnostic failure) const {
    if (failure.place.line == 0) {
        failure.place = meta.place;
        failure.line_text = meta.line_text;
    }
    failure.included_from = chain();
    failure.step = unit_.step;
    return failure;
}

Task<Result<std::optional<sql::Statement>>> Session::next() {
    if (open_.empty()) {
        auto reader = sql::Reader::open(*world_.files, unit_.script, variables_);
        if (!reader) co_return reader.error();
        open_.push_back({std::make_unique<sql::Reader>(std::move(reader).value()), {}});
    }
    while (true) {
        auto item = open_.back().reader->next();
        if (!item) {
            Diagnostic failure = item.error();
            failure.included_from = chain();
            failure.step = unit_.step;
            co_return failure;
        }
        if (auto* statement = std::get_if<sql::Statement>(&item.value())) {
            place_ = statement->place;
            statement->number = ++number_;  // over all files
            drops_schema_ = drops_schema_ || speaks_of_dropping_schemas(statement->text);
            co_return std::optional<sql::Statement>(std::move(*statement));
        }
        if (const auto* command = std::get_if<sql::Meta>(&item.value())) {
            PGPRIMER_CO_CHECK(co_await meta(*command));
            continue;
        }
        if (open_.size() == 1) co_return std::optional<sql::Statement>{};
        open_.pop_back();
    }
}

Task<Result<void>> Session::meta(const sql::Meta& m) {
    place_ = m.place;
    if (restricted_ && m.name != "unrestrict") {
        co_return at(m, Diagnostic(Error::failed, "\\" + m.name + " is refused between \\restrict and \\unrestrict"));
    }
    if (m.name == "i" || m.name == "include") co_return include(m, false);
    if (m.name == "ir" || m.name == "include_relative") co_return include(m, true);
    if (m.name == "c" || m.name == "connect") co_return co_await connect(m);
    if (m.name == "set") {
        if (m.arguments.empty()) co_return Result<void>{};
        std::string value;
        for (std::size_t i = 1; i < m.arguments.size(); ++i) value += m.arguments[i];
        variables_.set(m.arguments[0], std::move(value));
    } else if (m.name == "unset") {
        if (!m.arguments.empty()) variables_.unset(m.arguments[0]);
    } else if (m.name == "echo") {
        const bool no_newline = !m.arguments.empty() && m.arguments[0] == "-n";
        std::string text = join(std::span(m.arguments).subspan(no_newline ? 1 : 0), " ");
        if (!no_newline) text += '\n';
        if (!skipping_) world_.bus->publish(event::ScriptOutput{unit_.step, std::move(text)});
    } else if (m.name == "restrict") {
        if (m.arguments.size() != 1) co_return at(m, Diagnostic(Error::failed, "\\restrict needs one key"));
        restricted_ = m.arguments[0];
    } else if (m.name == "unrestrict") {
        if (!restricted_) co_return at(m, Diagnostic(Error::failed, "\\unrestrict without \\restrict"));
        if (m.arguments.size() != 1 || m.arguments[0] != *restricted_)
            co_return at(m, Diagnostic(Error::failed, "\\unrestrict with another key than \\restrict had"));
        restricted_.reset();
    } else {
        co_return at(m, Diagnostic(Error::failed, "\\" + m.name + " is not available in this version"));
    }
    co_return Result<void>{};
}

Result<void> Session::include(const sql::Meta& m, bool relative) {
    if (m.arguments.empty()) return at(m, Diagnostic(Error::failed, "\\" + m.name + " needs a file"));
    if (open_.size() > deepest_include)
        return at(m, Diagnostic(Error::failed, "files include one another more than " + std::to_string(deepest_include) + " deep"));
    io::fs::path path = m.arguments[0];
    if (relative && path.is_relative()) path = open_.back().reader->script().path.parent_path() / path;
    sql::Script script = unit_.script;
    script.path = path;
    script.name = sql::name_beside(open_.back().reader->script(), path);
    script.begin = 0;
    script.end = std::numeric_limits<std::uint64_t>::max();
    script.first_line = 1;
    auto reader = sql::Reader::open(*world_.files, script, variables_);
    if (!reader) return at(m, reader.error());
    open_.push_back({std::make_unique<sql::Reader>(std::move(reader).value()), m.place});
    return {};
}

Task<Result<void>> Session::connect(const sql::Meta& written) {
    sql::Meta m = written;
    const std::string all = join(m.arguments, " ");
    if (all.find("://") != std::string::npos || all.find("password") != std::string::npos)
        m.line_text = "\\" + m.name + " ...";  // not shown: a password
    auto wanted = parse_connect(m.arguments, connection().address());
    if (!wanted) co_return at(m, wanted.error());
    pg::Address address = std::move(wanted).value();
    const pg::Address& old = home_.address();
    const bool same_login = address.hosts == old.hosts && address.ports == old.ports && address.user == old.user;
    if (same_login && address.password.empty()) address.password = old.password;
    const bool is_home = same_login && address.dbname == old.dbname;
    away_.reset();
    if (is_home) {
        if (auto ready = co_await world_.prepare(home_, deadline_); !ready) co_return at(m, ready.error());
    } else {
        auto opened = co_await world_.connect(address, deadline_);
        if (!opened) {
            Diagnostic why = opened.error();
            why.error = why.error == Error::stopped ? why.error : Error::failed;  // psql's script would end here, too
            co_return at(m, std::move(why));
        }
        away_.emplace(std::move(opened).value());
        listen(*away_);
        left_home_ = true;
    }
    variables_.follow(connection());
    co_return Result<void>{};
}

}  // namespace pgprimer::script
