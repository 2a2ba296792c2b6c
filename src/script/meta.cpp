// The meta-commands that a script carries out. Their names are sql's catalogue; what sends a statement is in endings.cpp.
#include <algorithm>
#include <array>
#include <filesystem>

#include "connect.hpp"
#include "pgprimer/base/text.hpp"
#include "pgprimer/process/pipe.hpp"
#include "pset.hpp"
#include "session.hpp"

namespace pgprimer::script {
namespace {

constexpr std::size_t deepest_include = 16;

std::string first(const sql::Meta& meta) { return meta.arguments.empty() ? "" : meta.arguments.front(); }

}  // namespace

Diagnostic Session::at(const sql::Meta& meta, Diagnostic failure) const {
    if (failure.error == Error::config) failure.error = Error::failed;  // a file that is missing is a failure of the script
    if (failure.place.line == 0) {
        failure.place = meta.place;
        failure.line_text = meta.line_text;
    }
    const bool connects = meta.name == "c" || meta.name == "connect";
    const auto may_hold_password = [](const std::string& argument) {
        return argument.find("://") != std::string::npos || argument.find("password") != std::string::npos;
    };
    if (connects && std::ranges::any_of(meta.arguments, may_hold_password)) failure.line_text = "\\" + meta.name + " ...";
    failure.included_from = chain();
    failure.step = unit_.step;
    return failure;
}

Task<Result<void>> Session::meta(const sql::Meta& m) {
    place_ = m.place;
    const auto* known = sql::find_meta(m.name);
    Result<void> done;
    if (restricted_ && m.name != "unrestrict")
        done = Diagnostic(Error::failed, "\\" + m.name + " is refused between \\restrict and \\unrestrict");
    else if (known == nullptr || known->use == sql::MetaCommand::Use::refuse) {
        const sql::Refusal why = sql::refusal_of(m.name);
        done = Diagnostic(Error::failed, why.message).with_hint(why.hint);
    } else if (m.name == "timing") {
        done = set_timing(m);
    } else if (known->use == sql::MetaCommand::Use::shape) {
        done = shape(m, print_);
    } else if (known->use == sql::MetaCommand::Use::show) {
        world_.bus->publish(
            event::Message{event::Level::debug, to_string(m.place) + ": \\" + m.name + " is passed over: it only shows what is there", unit_.step});
    } else {
        done = co_await act(m);
    }
    if (!done) co_return at(m, done.error());
    co_return done;
}

Task<Result<void>> Session::act(const sql::Meta& m) {
    if (m.name == "i" || m.name == "include") co_return include(m, false);
    if (m.name == "ir" || m.name == "include_relative") co_return include(m, true);
    if (m.name == "c" || m.name == "connect") co_return co_await connect(m);
    if (m.name == "copy") co_return co_await copy(m);
    if (m.name == "set" || m.name == "unset" || m.name == "getenv" || m.name == "setenv") co_return set(m);
    if (m.name == "echo" || m.name == "qecho" || m.name == "warn") co_return echo(m);
    if (m.name == "restrict" || m.name == "unrestrict") co_return restrict(m);
    if (m.name == "o" || m.name == "out") co_return co_await redirect(m);
    if (m.name == "encoding") co_return co_await encoding(m);
    if (m.name == "cd") co_return change_folder(m);
    if (m.name == "!") co_return co_await shell(m);
    if (m.name.starts_with("lo_")) co_return co_await large_object(m);
    if (m.name == "bind") bound_ = m.arguments;
    if (m.name == "errverbose" && last_failure_)
        world_.bus->publish(
            event::Message{event::Level::info, "\\errverbose: " + last_failure_->message + " (" + last_failure_->sqlstate + ")", unit_.step});
    if (m.name == "p" || m.name == "print" || m.name == "w" || m.name == "write") co_return co_await write_buffer(m);
    co_return Result<void>{};
}

Result<void> Session::set(const sql::Meta& m) {
    if (m.arguments.empty()) {
        if (m.name != "set") return Diagnostic(Error::failed, "\\" + m.name + " needs a name");
        for (const auto& [name, value] : variables_.all()) say(name + " = '" + value + "'\n");
        return {};
    }
    const std::string& name = m.arguments[0];
    if (m.name == "unset") return variables_.unset(name);
    if (m.name == "set") {
        std::string value;
        for (std::size_t i = 1; i < m.arguments.size(); ++i) value += m.arguments[i];
        return variables_.set(name, std::move(value));
    }
    if (m.name == "setenv") {
        if (name.find('=') != std::string::npos) return Diagnostic(Error::failed, "\\setenv: the name of a variable holds no \"=\"");
        if (m.arguments.size() > 1)
            environment_[name] = m.arguments[1];
        else
            environment_.erase(name);
        return {};
    }
    if (m.arguments.size() < 2) return Diagnostic(Error::failed, "\\getenv needs a name and one of the environment");
    const auto found = environment_.find(m.arguments[1]);
    return found == environment_.end() ? Result<void>{} : variables_.set(name, found->second);
}

Result<void> Session::echo(const sql::Meta& m) {
    const bool bare = !m.quoted && first(m) == "-n";
    std::string text = join(std::span(m.arguments).subspan(bare ? 1 : 0), " ");
    if (!bare) text += '\n';
    if (m.name == "warn") {
        if (!skipping_) world_.bus->publish(event::Message{event::Level::warning, text.substr(0, text.size() - (bare ? 0 : 1)), unit_.step});
    } else if (m.name == "qecho" && results_ != &standard_) {
        if (!skipping_) results_->write(text);
    } else {
        say(std::move(text));
    }
    return {};
}

Result<void> Session::set_timing(const sql::Meta& m) {
    const auto value = m.arguments.empty() ? sql::Boolean::neither : sql::parse_boolean(first(m));
    if (!m.arguments.empty() && value == sql::Boolean::neither)
        return Diagnostic(Error::failed, "\\timing: \"" + first(m) + "\" is neither on nor off");
    times_ = m.arguments.empty() ? !times_ : value == sql::Boolean::yes;
    return {};
}

Result<void> Session::restrict(const sql::Meta& m) {
    if (m.name == "restrict") {
        if (m.arguments.size() != 1) return Diagnostic(Error::failed, "\\restrict needs one key");
        restricted_ = m.arguments[0];
        return {};
    }
    if (!restricted_) return Diagnostic(Error::failed, "\\unrestrict without \\restrict");
    if (m.arguments.size() != 1 || m.arguments[0] != *restricted_)
        return Diagnostic(Error::failed, "\\unrestrict with another key than \\restrict had");
    restricted_.reset();
    return {};
}

Result<void> Session::change_folder(const sql::Meta& m) {
    const auto home = environment_.find("HOME");
    if (m.arguments.empty() && home == environment_.end()) return Diagnostic(Error::failed, "\\cd without a folder goes to HOME, which is not set");
    const auto folder = m.arguments.empty() ? std::filesystem::path(home->second) : resolve(first(m));
    const auto there = world_.files->stat(folder);
    if (!there || there->type != io::Stat::Type::directory) return Diagnostic(Error::failed, "\\cd: \"" + folder.string() + "\" is no folder");
    folder_ = folder;
    return {};
}

// \p, \w: the statement being collected, or the last one.
Task<Result<void>> Session::write_buffer(const sql::Meta& m) {
    std::string text = m.buffer.empty() && last_ ? last_->sent() : m.buffer;
    while (text.ends_with('\n')) text.pop_back();
    if (!text.empty()) text += '\n';
    if (m.name == "p" || m.name == "print") {
        say(text.empty() ? "Query buffer is empty.\n" : std::move(text));
        co_return Result<void>{};
    }
    if (m.arguments.empty()) co_return Diagnostic(Error::failed, "\\" + m.name + " needs a file");
    PGPRIMER_CO_TRY(auto file, Target::open(first(m), folder_, environment_));
    file.write(text);
    co_return co_await file.close(deadline_);
}

Task<Result<void>> Session::redirect(const sql::Meta& m) {
    std::optional<Target> next;
    if (!m.arguments.empty() && !skipping_) { PGPRIMER_CO_TRY(next, Target::open(first(m), folder_, environment_)); }
    PGPRIMER_CO_CHECK(co_await close());
    if (!next) co_return Result<void>{};
    results_ = &redirected_.emplace(std::move(*next));
    co_return Result<void>{};
}

Task<Result<void>> Session::close() {
    const Result<void> standard = co_await standard_.settle(deadline_);
    if (redirected_) {
        results_ = &standard_;
        auto closed = co_await redirected_->close(deadline_);
        redirected_.reset();
        if (!closed) co_return closed;
    }
    co_return standard;
}

Task<Result<void>> Session::encoding(const sql::Meta& m) {
    if (m.arguments.empty()) {
        say(connection().parameter("client_encoding") + "\n");
        co_return Result<void>{};
    }
    if (const auto done = co_await internal("SET client_encoding TO " + quote_literal(first(m))); !done) {
        if (done.error().error != Error::failed) co_return done;
        world_.bus->publish(event::Problem{event::Level::warning, at(m, done.error())});  // psql goes on with the old one
    }
    variables_.follow(connection());
    co_return Result<void>{};
}

Task<Result<void>> Session::shell(const sql::Meta& m) {
    if (!unit_.script.may_run_programs) {
        const sql::Refusal why = sql::refusal_of("!");
        co_return Diagnostic(Error::failed, why.message).with_hint(why.hint);
    }
    if (skipping_) co_return Result<void>{};
    PGPRIMER_CO_TRY(auto command, process::shell_command(first(m), environment_, folder_.string()));
    PGPRIMER_CO_TRY(auto pipe, process::Pipe::start(std::move(command), process::Pipe::Direction::read));
    std::array<char, 16384> piece{};
    while (true) {
        PGPRIMER_CO_TRY(const std::size_t size, co_await pipe.read(piece.data(), piece.size(), deadline_));
        if (size == 0) break;
        say(std::string(piece.data(), size));
    }
    PGPRIMER_CO_TRY(const process::Exit ended, co_await pipe.close(deadline_));
    if (!ended.success()) world_.bus->publish(event::Message{event::Level::warning, "\\! ended with " + ended.describe(), unit_.step});
    co_return Result<void>{};
}

Result<void> Session::include(const sql::Meta& m, bool relative) {
    if (m.arguments.empty()) return Diagnostic(Error::failed, "\\" + m.name + " needs a file");
    if (open_.size() > deepest_include)
        return Diagnostic(Error::failed, "files include one another more than " + std::to_string(deepest_include) + " deep")
            .with_hint("does a file include itself?");
    io::fs::path path = resolve(first(m));
    if (relative && io::fs::path(first(m)).is_relative()) path = io::fs::path(open_.back().reader->script().path).parent_path() / first(m);
    sql::Script script = unit_.script;
    script.path = path.string();
    script.name = sql::name_beside(open_.back().reader->script(), path);
    script.begin = 0;
    script.end = std::numeric_limits<std::uint64_t>::max();
    script.first_line = 1;
    auto reader = sql::Reader::open(*world_.files, script, variables_);
    if (!reader) {
        Diagnostic why = reader.error();
        if (!relative && io::fs::path(first(m)).is_relative() && !world_.files->stat(path))
            why.hint = "\\i is relative to the working directory, " + (folder_.empty() ? io::fs::current_path() : folder_).string() +
                       "; \\ir is relative to the file";
        return why;
    }
    open_.push_back({std::make_unique<sql::Reader>(std::move(reader).value()), m.place});
    return {};
}

// A script of autocommit has no ledger to write: it leaves its old session, as psql does. The others keep theirs.
Task<Result<void>> Session::connect(const sql::Meta& m) {
    PGPRIMER_CO_TRY(pg::Address address, parse_connect(m.arguments, connection().address(), first_));
    PGPRIMER_CO_CHECK(co_await make_durable());
    const auto same_login = [&address](const pg::Address& other) {
        return address.hosts == other.hosts && address.ports == other.ports && address.user == other.user;
    };
    if (address.password.empty() && same_login(first_)) address.password = first_.password;
    if (address.password.empty()) name_password_file(address);
    const bool leaves = unit_.mode == Mode::autocommit;
    const bool is_home = !leaves && same_login(home_.address()) && address.dbname == home_.address().dbname;
    co_await roll_back();
    away_.reset();
    nowhere_ = true;
    if (is_home) {
        PGPRIMER_CO_CHECK(co_await world_.prepare(home_, deadline_));
    } else {
        auto opened = co_await world_.connect(address, deadline_);
        if (!opened) {
            Diagnostic why = opened.error();
            why.error = why.error == Error::stopped ? why.error : Error::failed;  // psql's script would end here, too
            co_return why;
        }
        if (leaves)
            home_ = std::move(opened).value();
        else
            away_.emplace(std::move(opened).value());
        listen(connection());
        left_home_ = true;
    }
    nowhere_ = false;
    ruled_.reset();
    variables_.follow(connection());
    co_return Result<void>{};
}

void Session::name_password_file(pg::Address& address) const {
    const auto named = environment_.find("PGPASSFILE"), home = environment_.find("HOME");
    if (named != environment_.end())
        address.parameters.try_emplace("passfile", named->second);
    else if (home != environment_.end() && world_.files->stat(home->second + "/.pgpass"))
        address.parameters.try_emplace("passfile", home->second + "/.pgpass");
}

}  // namespace pgprimer::script
